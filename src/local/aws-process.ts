import { join } from 'node:path';
import type { AwsPartOptions, AwsReady } from './aws/aws-part.ts';
import type { LocalAwsSettings } from './aws/settings.ts';
import type { NodeOptions } from './cluster/kubelet/node.ts';
import { startProcess } from './process.ts';
import { vpcOf } from './vpc.ts';

export type AwsProcessOptions = {
  /** Where its log goes. */
  dir: string;
  /** The nodes whose machines it has. */
  nodes: NodeOptions[];
  /** The range of addresses that is claimed for it and for the nodes. */
  slot: number;
  port?: number;
  /** Settings that differ from the usual. */
  settings?: Partial<LocalAwsSettings>;
};

/** Local AWS with its data plane, as a process of its own. */
export type LocalAwsProcess = AwsReady & {
  /** Asks the control endpoint of local AWS. */
  control<Answer>(path: string, method?: string): Promise<Answer>;
  stop(): Promise<void>;
};

/** The certificate that local AWS has from the beginning; the examples name it. */
const CERTIFICATE = {
  arn: 'arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-4000-8000-000000000000',
  names: ['shop.localhost', '*.shop.localhost', 'localhost'],
};

export async function startAwsProcess({
  dir,
  nodes,
  slot,
  port,
  settings,
}: AwsProcessOptions): Promise<LocalAwsProcess> {
  const options: AwsPartOptions = {
    instances: nodes.map(({ instanceId: id, zone, address }) => ({ id, zone, privateAddresses: [address] })),
    certificate: CERTIFICATE,
    slot,
    settings: { ...vpcOf(slot), ...settings },
    ...(port !== undefined && { port }),
  };
  const { ready, stop } = await startProcess<AwsReady>('aws', options, join(dir, 'aws.log'));
  const control = async <Answer>(path: string, method = 'GET'): Promise<Answer> =>
    (await fetch(`${ready.url}/_podwire/${path}`, { method })).json() as Promise<Answer>;
  return { ...ready, control, stop };
}
