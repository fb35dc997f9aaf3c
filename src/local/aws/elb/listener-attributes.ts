import type {
  DescribeListenerAttributesInput,
  ModifyListenerAttributesInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import type { Listener } from '../state.ts';
import { LISTENER_ATTRIBUTES, checkedAttributes, effectiveAttributes } from './attributes.ts';
import { listenerOf, loadBalancerOf } from './lookup.ts';
import { toPairs } from '../pairs.ts';

function listFor(aws: LocalAws, listener: Listener) {
  const { type } = loadBalancerOf(aws, listener.loadBalancerArn);
  return { Attributes: toPairs(effectiveAttributes(LISTENER_ATTRIBUTES, type, listener.attributes)) };
}

export function describeListenerAttributes(aws: LocalAws, input: DescribeListenerAttributesInput) {
  return listFor(aws, listenerOf(aws, input.ListenerArn));
}

export function modifyListenerAttributes(aws: LocalAws, input: ModifyListenerAttributesInput) {
  const listener = listenerOf(aws, input.ListenerArn);
  const { type } = loadBalancerOf(aws, listener.loadBalancerArn);
  Object.assign(listener.attributes, checkedAttributes(LISTENER_ATTRIBUTES, input.Attributes ?? [], { type }));
  aws.changed('listener', listener.arn);
  return listFor(aws, listener);
}
