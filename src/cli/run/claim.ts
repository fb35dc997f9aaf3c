import { randomUUID } from 'node:crypto';
import type { Access } from '../../kube/access.ts';
import { kubeClient } from '../../kube/client.ts';
import { Lease } from '../../kube/lease.ts';
import { type RequestTold, Transport } from '../../kube/transport.ts';
import type { Log } from '../../log.ts';
import { realClock as clock } from '../../runtime/clock.ts';
import type { Settings } from '../../settings/settings.ts';

export type Claimant = { access: Access; instance: string; log: Log; onRequest: (told: RequestTold) => void };

/** The lease has a connection of its own, so that nothing that hangs elsewhere keeps a renewal waiting. */
export function leaseOf(settings: Settings, { access, instance, log, onRequest }: Claimant): Lease {
  const retryMs = settings.leaseRetrySeconds * 1_000;
  const transport = new Transport(access, { clock, userAgent: 'podwire', limitMs: retryMs, onRequest });
  const lease = new Lease({
    kube: kubeClient({ transport, clock, onTrouble: ({ error }) => log.warn({ error: String(error) }, 'watch') }),
    clock,
    key: { namespace: settings.leaseNamespace, name: settings.leaseName },
    identity: `${instance}_${randomUUID()}`,
    times: {
      durationMs: settings.leaseDurationSeconds * 1_000,
      renewDeadlineMs: settings.leaseRenewDeadlineSeconds * 1_000,
      retryMs,
    },
    onTrouble: (error) => log.warn({ error: error.message }, 'lease'),
  });
  lease.onChange((leads) =>
    log.info({ leads }, leads ? 'lease held' : 'lease not renewed in time: nothing is changed'),
  );
  return lease;
}
