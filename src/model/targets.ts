import type { Service, TargetGroupSpec } from '../cluster/objects.ts';
import { selectInstanceTargets } from './instance-targets.ts';
import { selectIpTargets } from './ip-targets.ts';
import { portOf, type RejectionReason, type Selection, type TargetInput } from './target.ts';

/** Selects the targets of a target group: each endpoint or node is either a target or has a reason why not. */
export function selectTargets(input: TargetInput): Selection {
  const { object, service } = input;
  const what = `service ${object.namespace}/${object.spec.service.name}`;
  if (service === undefined) return refuse(what, 'ServiceNotFound', 'there is no such Service');
  const port = portOf(service, object.spec.service.port);
  if (port === undefined) return refuse(what, 'ServicePortNotFound', portMessage(service, object.spec));
  const settled = { ...input, service, port };
  return object.spec.targetType === 'ip' ? selectIpTargets(settled) : selectInstanceTargets(settled);
}

function refuse(what: string, reason: RejectionReason, message: string): Selection {
  return { targets: [], others: [], rejected: [{ what, reason, message }] };
}

function portMessage(service: Service, spec: TargetGroupSpec): string {
  const { port } = spec.service;
  const wanted = 'name' in port ? `a port named ${JSON.stringify(port.name)}` : `port ${port.number}`;
  const given = service.ports.map((p) => (p.name === '' ? String(p.port) : `${p.name} (${p.port})`)).join(', ');
  return `wanted ${wanted}, and the Service has ${given === '' ? 'no ports' : given}`;
}
