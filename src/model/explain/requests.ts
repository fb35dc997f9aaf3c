import type { ActionView, ConditionView, ListenerView, RuleView } from './facts.ts';

/** What a client asks for, as far as hosts and paths decide. */
export type Request = { scheme: 'http' | 'https'; host: string; port: number; path: string };

export const urlOf = ({ scheme, host, port, path }: Request): string => `${scheme}://${host}:${port}${path}`;

/** Whether host and path of the rule let the request through; what else it looks at is taken to hold. */
const mayMatch = ({ conditions }: RuleView, request: Request): boolean =>
  conditions.every((one) => !isHostOrPath(one) || holds(one, request));

/** Whether the rule takes the request whatever else it is like: it looks at nothing but host and path. */
const surelyMatches = (rule: RuleView, request: Request): boolean =>
  rule.conditions.every(isHostOrPath) && mayMatch(rule, request);

/** The first rule that surely takes the request; undefined where only the default actions do. Rules stand by priority. */
export const firstSure = (listener: ListenerView, request: Request): RuleView | undefined =>
  listener.rules.find((rule) => surelyMatches(rule, request));

type HostOrPath = { field: 'host-header' | 'path-pattern' } & ({ values: string[] } | { regexValues: string[] });

export const isHostOrPath = (condition: ConditionView): condition is HostOrPath =>
  condition.field === 'host-header' || condition.field === 'path-pattern';

function holds(condition: HostOrPath, { host, path }: Request): boolean {
  const isHost = condition.field === 'host-header';
  const text = isHost ? host.toLowerCase() : path;
  if ('regexValues' in condition) return condition.regexValues.some((one) => matchesRegex(one, text, isHost));
  return condition.values.some((one) => matchesPattern(isHost ? one.toLowerCase() : one, text));
}

/** `*` stands for any characters, `?` for one. */
export function matchesPattern(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
}

function matchesRegex(source: string, text: string, isHost: boolean): boolean {
  try {
    return new RegExp(source, isHost ? 'i' : '').test(text);
  } catch {
    return false;
  }
}

const MOST_REDIRECTS = 10;

/** The requests a client makes that follows redirects between these listeners, the given one first, until one is repeated; undefined where they end. */
export function loopOf(listeners: readonly ListenerView[], request: Request): Request[] | undefined {
  const asked: Request[] = [request];
  for (let at = request; asked.length <= MOST_REDIRECTS; ) {
    const next = redirected(listeners, at, request.host);
    if (next === undefined) return undefined;
    asked.push(next);
    if (asked.slice(0, -1).some((one) => urlOf(one) === urlOf(next))) return asked;
    at = next;
  }
  return undefined;
}

/** Another host may belong to another load balancer: it counts as ours only where a rule names it. */
function redirected(listeners: readonly ListenerView[], request: Request, ours: string): Request | undefined {
  const listener = listeners.find(
    ({ port, protocol }) => port === request.port && schemeOf(protocol) === request.scheme,
  );
  if (listener === undefined) return undefined;
  const rule = firstSure(listener, request);
  if (request.host !== ours && !rule?.conditions.some(({ field }) => field === 'host-header')) return undefined;
  const actions = rule?.actions ?? listener.defaultActions;
  const redirect = actions.find((one) => one.type === 'redirect');
  return redirect && locationOf(redirect, request);
}

const schemeOf = (protocol: string): 'http' | 'https' => (protocol === 'HTTPS' ? 'https' : 'http');

type Redirect = Extract<ActionView, { type: 'redirect' }>;

/** ELBv2 API reference, RedirectActionConfig: what stands in `#{…}` is kept of the request. */
function locationOf(redirect: Redirect, request: Request): Request {
  const kept: Record<string, string> = {
    protocol: request.scheme.toUpperCase(),
    host: request.host,
    port: String(request.port),
    path: request.path.replace(/^\//, ''),
    query: '',
  };
  const fill = (text: string): string => text.replace(/#\{(\w+)\}/g, (_, name: string) => kept[name] ?? '');
  return {
    scheme: schemeOf(fill(redirect.protocol).toUpperCase()),
    host: fill(redirect.host),
    port: Number(fill(redirect.port)),
    path: fill(redirect.path),
  };
}
