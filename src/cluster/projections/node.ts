import type { KubeObject } from '../../kube/api.ts';
import type { Namespace, Node } from '../objects.ts';
import { readMeta, readObject } from './meta.ts';

/** Keeps what makes a node a target: instance, readiness, taints, labels and addresses. */
export function projectNode(object: KubeObject): Node {
  const { metadata, spec, status } = readObject(object);
  return {
    ...readMeta(metadata, ['annotations']),
    providerID: spec.text('providerID', ''),
    ready: status
      .parts('conditions')
      .some((condition) => condition.text('type', '') === 'Ready' && condition.text('status', '') === 'True'),
    unschedulable: spec.flag('unschedulable', false),
    taints: spec.parts('taints').map((taint) => ({
      key: taint.text('key', ''),
      value: taint.text('value', ''),
      effect: taint.text('effect', ''),
    })),
    addresses: status
      .parts('addresses')
      .filter((address) => address.text('type', '') === 'InternalIP')
      .map((address) => address.text('address')),
  };
}

/** Keeps the labels, which class parameters select by. */
export const projectNamespace = (object: KubeObject): Namespace =>
  readMeta(readObject(object).metadata, ['annotations']);
