import { createHash } from 'node:crypto';
import { scopedName } from '../api/controller.ts';
import type { LoadBalancerObject, LoadBalancerStatus } from '../cluster/objects.ts';
import { Gone, Retry } from '../errors.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { writeStatus } from '../kube/write.ts';
import { ensureOwn } from './own-objects.ts';

const resource = RESOURCES.loadBalancer;

/** Kubernetes, object names: a DNS subdomain. */
const LONGEST_NAME = 253;
const HASH = 10;

/** Name of the LoadBalancer object of a stack: its key with dots, cut and hashed where that is too long for a name. */
export function ledgerName(stack: string, controllerId?: string): string {
  // A namespace has no dots, so `ingress.<namespace>.<name>` is never the name of two stacks.
  const name = scopedName(stack.replaceAll('/', '.'), controllerId);
  const hash = (): string => createHash('sha256').update(stack).digest('hex').slice(0, HASH);
  if (name.length <= LONGEST_NAME) return name;
  // What stands before a dot ends in a letter or digit.
  return `${name.slice(0, LONGEST_NAME - HASH - 1).replace(/[.-]+$/, '')}.${hash()}`;
}

/** The API server does not serve the kind of our ledgers: nothing is made in AWS without one. */
export class DefinitionMissing extends Retry {}

const WANTED = `wanted CustomResourceDefinition ${resource.plural}.${resource.group} with version ${resource.version}; given none that the API server serves: install those of this version (\`podwire doctor\` names what they lack)`;

/** Of which stack it is, and of which operator. */
type Ledger = { stack: string; controllerId: string };

/** Has a ledger stand before there is anything to write into it: who asks for one that is being built finds that it is. */
export async function ensureLedger(kube: KubeApi, { stack, controllerId }: Ledger): Promise<KubeObject> {
  const wanted = { metadata: { name: ledgerName(stack, controllerId) }, spec: { stack } };
  return ensureOwn(kube, { resource, wanted, controllerId }).catch((error: unknown) => {
    throw error instanceof Gone ? new DefinitionMissing(`${WANTED}; ${error.message}`) : error;
  });
}

/** Writes the ledger of a stack, creating it where it is not there; an unchanged status is not written. */
export async function writeLedger(
  kube: KubeApi,
  { known, ...ledger }: Ledger & { known: LoadBalancerObject | undefined },
  to: LoadBalancerStatus,
): Promise<void> {
  const key = { name: ledgerName(ledger.stack, ledger.controllerId) };
  const from = known?.status ?? ((await ensureLedger(kube, ledger)).status as object);
  await writeStatus(kube, { resource, key, from, to });
}

/** Removes the ledger of a stack that is no more. */
export async function deleteLedger(kube: KubeApi, { stack, controllerId }: Ledger): Promise<void> {
  await kube.delete(resource, { name: ledgerName(stack, controllerId) }).catch((error: unknown) => {
    if (!(error instanceof Gone)) throw error;
  });
}
