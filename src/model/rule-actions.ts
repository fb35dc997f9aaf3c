import type { IngressBackend, PortRef } from '../cluster/objects.ts';
import type { WrittenAction, WrittenTarget } from './annotations/actions.ts';
import { fieldOf, readOf } from './annotations/source.ts';
import { type BackendContext, readBackend, type TargetGroupDraft } from './backends.ts';
import { type Finding, refused, warning } from './problem.ts';
import type { Action } from './stack.ts';

/** An action whose target groups are still drafts. */
export type DraftAction =
  | Exclude<Action, { type: 'forward' }>
  | { type: 'forward'; targets: DraftTarget[]; stickinessSeconds?: number };
type DraftTarget = ({ group: TargetGroupDraft } | { arn: string }) & { weight: number };

/** The port name that means: the action of this name, and no Service. */
const USE_ANNOTATION = 'use-annotation';

/** The action of an Ingress backend; `field` says where it was written. Something missing answers 503 and says what. */
export function readAction(context: BackendContext, backend: IngressBackend, field: string): DraftAction {
  if ('resource' in backend) {
    const { kind, name } = backend.resource;
    const message = `wanted a Service; given ${kind} ${name}, which a load balancer cannot serve`;
    context.problems.push(refused({ reason: 'BackendNotSupported', field: `${field}.resource`, message }));
    return unavailable('backend not supported');
  }
  const { service, port } = backend;
  if ('name' in port && port.name === USE_ANNOTATION) return readWritten(context, service, field);
  return forwardTo(context, { service, port, field });
}

const unavailable = (messageBody: string): DraftAction => ({
  type: 'fixed-response',
  statusCode: '503',
  contentType: 'text/plain',
  messageBody,
});

function missing(context: BackendContext, what: string, field: string): DraftAction {
  const message = `${what}: requests are answered with 503 until it does`;
  context.problems.push(warning({ reason: 'BackendNotFound', field, message }));
  return unavailable(what);
}

type ServicePort = { service: string; port: PortRef; field: string };

function forwardTo(context: BackendContext, { service, port, field }: ServicePort): DraftAction {
  const backend = readBackend(context, service, port);
  if (backend === undefined) return unavailable('backend refused');
  if ('missing' in backend) return missing(context, backend.missing, `${field}.service`);
  return { type: 'forward', targets: [{ group: backend.group, weight: 1 }] };
}

function readWritten(context: BackendContext, name: string, field: string): DraftAction {
  const reading = { sources: context.sources, problems: context.problems };
  const before = reading.problems.length;
  const written = readOf(reading, 'actions', name);
  if (written === undefined && reading.problems.length > before) return unavailable('action not valid');
  if (written === undefined) return missing(context, `annotation actions.${name} does not exist`, `${field}.service`);
  return convert(context, written, fieldOf(reading, `actions.${name}`));
}

function convert(context: BackendContext, written: WrittenAction, field: string): DraftAction {
  if (written.type === 'forward') return readForward(context, written, field);
  if (written.type === 'fixed-response') return written;
  const { type, statusCode, ...given } = written;
  const redirect = {
    host: '#{host}',
    path: '/#{path}',
    port: '#{port}',
    protocol: '#{protocol}',
    query: '#{query}',
    ...given,
  };
  if (
    redirect.host === '#{host}' &&
    `${redirect.path}${redirect.port}${redirect.protocol}` === '/#{path}#{port}#{protocol}'
  ) {
    const message =
      'wanted a change of protocol, host, port or path; given none, which would lead back to the same place';
    context.problems.push(refused({ reason: 'InvalidAction', field, message }));
  }
  return { type, statusCode, ...redirect };
}

type WrittenForward = Extract<WrittenAction, { type: 'forward' }>;

function readForward(context: BackendContext, written: WrittenForward, field: string): DraftAction {
  const read = written.targets.map((target) => readTarget(context, target, field));
  const backends = read.filter((one) => one !== undefined);
  const targets = backends.flatMap((one) => ('missing' in one ? [] : [one]));
  const gaps = backends.flatMap((one) => ('missing' in one ? [one.missing] : []));
  if (backends.length < read.length) return unavailable('backend refused');
  if (targets.length === 0) return missing(context, gaps.join('; '), field);
  const message = (gap: string): string => `${gap}: its share goes to the others`;
  context.problems.push(...gaps.map((gap) => warning({ reason: 'BackendNotFound', field, message: message(gap) })));
  const sticky = written.stickinessSeconds;
  return { type: 'forward', targets, ...(sticky !== undefined && { stickinessSeconds: sticky }) };
}

type Target = DraftTarget | { missing: string } | undefined;

function readTarget(context: BackendContext, target: WrittenTarget, field: string): Target {
  const weight = target.weight ?? 1;
  if (target.targetGroupARN !== undefined) return { arn: target.targetGroupARN, weight };
  if (target.serviceName === undefined || target.servicePort === undefined) {
    context.problems.push(refused(byName(target.targetGroupName ?? '', field)));
    return undefined;
  }
  const backend = readBackend(context, target.serviceName, target.servicePort);
  return backend && 'group' in backend ? { group: backend.group, weight } : backend;
}

const byName = (name: string, field: string): Finding => ({
  reason: 'InvalidAction',
  field,
  message: `wanted targetGroupARN, or serviceName and servicePort; given targetGroupName "${name}", which is not looked up yet`,
});
