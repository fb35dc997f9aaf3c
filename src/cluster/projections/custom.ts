import type { KubeObject } from '../../kube/api.ts';
import type {
  Condition,
  DrainBudget,
  LoadBalancerObject,
  LoadBalancerStatus,
  TargetGroupBinding,
  TargetGroupObject,
  TargetGroupSpec,
  TargetGroupStatus,
} from '../objects.ts';
import type { Part } from './fields.ts';
import { readPort } from './ingress.ts';
import { readMeta, readObject } from './meta.ts';

/** The status is ours and is taken as it is; in the spec every field is checked. */
export function projectTargetGroup(object: KubeObject): TargetGroupObject {
  const { root, metadata, spec, status } = readObject(object);
  status.parts('conditions');
  return { ...readMeta(metadata), spec: readSpec(spec), status: (root.raw('status') ?? {}) as TargetGroupStatus };
}

function readSpec(spec: Part): TargetGroupSpec {
  const service = spec.part('service');
  return {
    arn: spec.text('arn'),
    loadBalancer: spec.text('loadBalancer'),
    service: { name: service.text('name'), port: readPort(service.part('port')) },
    targetType: spec.oneOf('targetType', ['ip', 'instance']),
    addressFamily: spec.oneOf('addressFamily', ['IPv4', 'IPv6']),
    vpcId: spec.text('vpcId'),
    ...(spec.has('binding') ? { binding: spec.text('binding') } : {}),
    ...(spec.has('healthCheckPort') ? { healthCheckPort: spec.number('healthCheckPort') } : {}),
    ...(spec.has('unhealthyAfter') ? { unhealthyAfter: spec.number('unhealthyAfter') } : {}),
    ...(spec.has('nodeSelector') ? { nodeSelector: spec.map('nodeSelector') } : {}),
    ...(spec.has('backendSecurityGroup') ? { backendSecurityGroup: spec.text('backendSecurityGroup') } : {}),
    ...(spec.has('loadBalancerType')
      ? { loadBalancerType: spec.oneOf('loadBalancerType', ['application', 'network']) }
      : {}),
    ...(spec.has('drain') ? { drain: readDrain(spec.part('drain')) } : {}),
  };
}

function readDrain(drain: Part): DrainBudget {
  return {
    mode: drain.oneOf('mode', ['Audit', 'Managed']),
    detect: drain.number('detect'),
    hold: drain.raw('hold') === 'auto' ? 'auto' : drain.number('hold'),
    controllerGap: drain.number('controllerGap'),
    propagation: drain.number('propagation'),
    margin: drain.number('margin'),
    gate: drain.flag('gate', true),
    gateTimeout: drain.number('gateTimeout'),
    livenessGrace: drain.oneOf('livenessGrace', ['Preserve', 'Off']),
    ...(drain.has('preDrain') ? { preDrain: drain.flag('preDrain', false) } : {}),
  };
}

/** The ledger is a cache of ours: a field of the wrong type in it reads as absent, and is rebuilt. */
export function projectLoadBalancer(object: KubeObject): LoadBalancerObject {
  const { root, metadata, spec } = readObject(object);
  const status = root.raw('status');
  return { ...readMeta(metadata), spec: { stack: spec.text('stack') }, status: soundStatus(status) };
}

const LISTS = new Set<string>(['members', 'conditions', 'weights'] satisfies (keyof LoadBalancerStatus)[]);

function soundStatus(status: unknown): LoadBalancerStatus {
  const entries = typeof status === 'object' && status !== null ? Object.entries(status) : [];
  return Object.fromEntries(
    entries.filter(([field, value]) => value !== null && Array.isArray(value) === LISTS.has(field)),
  );
}

/** `spec` is checked by the model, since its schema is the peer's; of the status only conditions are read, where there are any. */
export function projectTargetGroupBinding(object: KubeObject): TargetGroupBinding {
  const { root, metadata } = readObject(object);
  const { conditions } = (root.raw('status') ?? {}) as { conditions?: Condition[] };
  return {
    ...readMeta(metadata),
    spec: (root.raw('spec') ?? {}) as Record<string, unknown>,
    ...(Array.isArray(conditions) && { conditions }),
  };
}
