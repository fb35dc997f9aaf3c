import type {
  Action,
  FixedResponseActionConfig,
  RedirectActionConfig,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import type { Listener, LoadBalancer } from '../state.ts';
import { checkedForward } from './forward.ts';
import { checkEnum, checkPort, checkRange } from './names.ts';

export type ActionPlace = { loadBalancer: LoadBalancer; protocol: Listener['protocol']; port: number };

const TYPES = [
  'forward',
  'authenticate-oidc',
  'authenticate-cognito',
  'redirect',
  'fixed-response',
  'jwt-validation',
] as const;
const FINAL = new Set<string | undefined>(['forward', 'redirect', 'fixed-response']);

/** The actions of a listener or rule, checked and completed as AWS gives them back: in order, every omitted member filled in. */
export function checkedActions(aws: LocalAws, actions: Action[] | undefined, place: ActionPlace): Action[] {
  if (!actions?.length) throw validationError('At least one action must be specified');
  const ordered = actions.map((action, index) => ({ ...action, Order: action.Order ?? index + 1 }));
  ordered.sort((a, b) => a.Order - b.Order);
  checkSequence(ordered);
  return ordered.map((action) => checkedAction(aws, action, place));
}

function checkSequence(actions: Action[]): void {
  const last = actions.at(-1);
  if (!FINAL.has(last?.Type))
    throw new ElbError('InvalidLoadBalancerAction', 'The last action must be forward, redirect or fixed-response');
  if (actions.slice(0, -1).some((action) => FINAL.has(action.Type)))
    throw new ElbError(
      'TooManyActions',
      'Only one action of type forward, redirect or fixed-response can be specified',
    );
  if (new Set(actions.map((action) => action.Order)).size < actions.length)
    throw validationError('The order of each action must be different');
  for (const action of actions) checkRange('Action order', action.Order ?? 0, { min: 1, max: 50_000 });
}

function checkedAction(aws: LocalAws, action: Action, place: ActionPlace): Action {
  const type = checkEnum('actions.type', action.Type, TYPES);
  if (place.loadBalancer.type === 'network' && type !== 'forward')
    throw new ElbError('InvalidLoadBalancerAction', `Action type '${type}' is not valid for a network load balancer`);
  const base = { Type: type, Order: action.Order ?? 1 };
  if (type === 'forward') return { ...base, ...checkedForward(aws, action, place) };
  if (type === 'redirect') return { ...base, RedirectConfig: checkedRedirect(action.RedirectConfig, place) };
  if (type === 'fixed-response') return { ...base, FixedResponseConfig: checkedResponse(action.FixedResponseConfig) };
  return { ...base, ...checkedAuthentication(action, place) };
}

/** What an omitted member of a redirect stands for, and comes back as. */
const UNCHANGED = { Protocol: '#{protocol}', Port: '#{port}', Host: '#{host}', Path: '/#{path}', Query: '#{query}' };

function checkedRedirect(config: RedirectActionConfig | undefined, place: ActionPlace): RedirectActionConfig {
  if (!config) throw new ElbError('InvalidLoadBalancerAction', 'A redirect action must have a redirect configuration');
  const StatusCode = checkEnum('redirectConfig.statusCode', config.StatusCode, ['HTTP_301', 'HTTP_302'] as const);
  const { StatusCode: _checked, ...given } = config;
  const full = {
    ...UNCHANGED,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
  checkRedirectMembers(full);
  if ((['Protocol', 'Port', 'Host', 'Path'] as const).every((member) => full[member] === UNCHANGED[member]))
    throw new ElbError(
      'InvalidLoadBalancerAction',
      'The redirect must change at least one of protocol, host, port and path',
    );
  if (place.protocol === 'HTTPS' && full.Protocol === 'HTTP')
    throw new ElbError('InvalidLoadBalancerAction', 'A redirect from HTTPS to HTTP is not possible');
  return { ...full, StatusCode };
}

function checkRedirectMembers({ Protocol, Port, Host, Path, Query }: typeof UNCHANGED): void {
  if (!/^(HTTPS?|#\{protocol\})$/.test(Protocol)) throw validationError(`Redirect protocol '${Protocol}' is not valid`);
  if (Port !== UNCHANGED.Port) checkPort(/^\d{1,5}$/.test(Port) ? Number(Port) : undefined);
  if (Host.length < 1 || Host.length > 128)
    throw validationError(`Redirect host '${Host}' must have 1 to 128 characters`);
  if (!Path.startsWith('/') || Path.length > 128)
    throw validationError(`Redirect path '${Path}' must begin with '/' and have at most 128 characters`);
  if (Query.length > 128) throw validationError(`Redirect query '${Query}' must have at most 128 characters`);
}

const CONTENT_TYPES = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'] as const;

function checkedResponse(config: FixedResponseActionConfig | undefined): FixedResponseActionConfig {
  const { StatusCode = '', MessageBody = '', ContentType } = config ?? {};
  if (!/^[245]\d\d$/.test(StatusCode))
    throw validationError(`Fixed response status code '${StatusCode}' must be 2XX, 4XX or 5XX`);
  if (MessageBody.length > 1024) throw validationError('Fixed response message body must have at most 1024 characters');
  if (ContentType !== undefined) checkEnum('fixedResponseConfig.contentType', ContentType, CONTENT_TYPES);
  return { ...config, StatusCode };
}

/** Authentication happens on HTTPS listeners only, and a client secret is never given back. */
function checkedAuthentication(action: Action, place: ActionPlace): Partial<Action> {
  if (place.protocol !== 'HTTPS')
    throw new ElbError('InvalidLoadBalancerAction', `Action type '${action.Type}' is valid only on HTTPS listeners`);
  const { AuthenticateOidcConfig: oidc, AuthenticateCognitoConfig: cognito, JwtValidationConfig: jwt } = action;
  if (oidc) {
    const { ClientSecret: _never, UseExistingClientSecret: _input, ...told } = oidc;
    return { AuthenticateOidcConfig: { ...AUTHENTICATION_DEFAULTS, ...told } };
  }
  if (cognito) return { AuthenticateCognitoConfig: { ...AUTHENTICATION_DEFAULTS, ...cognito } };
  if (jwt) return { JwtValidationConfig: jwt };
  throw new ElbError('InvalidLoadBalancerAction', `Action type '${action.Type}' must have its configuration`);
}

const AUTHENTICATION_DEFAULTS = {
  SessionCookieName: 'AWSELBAuthSessionCookie',
  Scope: 'openid',
  SessionTimeout: 604800,
  OnUnauthenticatedRequest: 'authenticate',
} as const;
