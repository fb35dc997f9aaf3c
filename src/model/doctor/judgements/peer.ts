import type { DoctorFacts, PeerWebhook } from '../facts.ts';
import { type Finding, found, isSkipped, isWell } from '../finding.ts';

const PEER = 'AWS Load Balancer Controller';

export function judgePeer({ peer: { pods, webhooks } }: DoctorFacts): Finding[] {
  if ('unknown' in pods) return [isSkipped('peer', PEER, pods.unknown)];
  const ready = pods.value.filter((pod) => pod.ready);
  const names = pods.value.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  const running =
    pods.value.length === 0
      ? isWell('peer', PEER, 'has no pods in the cluster')
      : found('PeerRuns', { object: PEER, message: `runs beside Podwire: ${names}` });
  if ('unknown' in webhooks) return [running, isSkipped('peer', `webhooks of the ${PEER}`, webhooks.unknown)];
  return [running, ...judgeWebhooks(webhooks.value, ready.length > 0)];
}

/** One finding for each configuration. */
function judgeWebhooks(webhooks: PeerWebhook[], isServed: boolean): Finding[] {
  const byConfiguration = Object.entries(Object.groupBy(webhooks, ({ configuration }) => configuration));
  return byConfiguration.map(([object, entries = []]) => {
    const [kind = '', name = ''] = object.split(' ');
    const resources = [...new Set(entries.flatMap((entry) => entry.resources))].join(', ');
    const message = `${entries.length} of its webhooks have failurePolicy Fail`;
    const words = { kind: kind.toLowerCase(), name, resources };
    return found(isServed ? 'PeerWebhookFails' : 'PeerWebhookUnserved', { object, message, words });
  });
}
