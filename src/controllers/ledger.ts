import { createHash } from 'node:crypto';
import type { LoadBalancerObject, LoadBalancerStatus } from '../cluster/objects.ts';
import { Gone, Retry } from '../errors.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { ensureObject, writeStatus } from '../kube/write.ts';

const resource = RESOURCES.loadBalancer;

/** Kubernetes, object names: a DNS subdomain. */
const LONGEST_NAME = 253;
const HASH = 10;

/** Name of the LoadBalancer object of a stack: its key with dots, cut and hashed where that is too long for a name. */
export function ledgerName(stack: string): string {
  // A namespace has no dots, so `ingress.<namespace>.<name>` is never the name of two stacks.
  const name = stack.replaceAll('/', '.');
  const hash = (): string => createHash('sha256').update(stack).digest('hex').slice(0, HASH);
  if (name.length <= LONGEST_NAME) return name;
  // What stands before a dot ends in a letter or digit.
  return `${name.slice(0, LONGEST_NAME - HASH - 1).replace(/[.-]+$/, '')}.${hash()}`;
}

/** The API server does not serve the kind of our ledgers: nothing is made in AWS without one. */
export class DefinitionMissing extends Retry {}

const WANTED = `wanted CustomResourceDefinition ${resource.plural}.${resource.group} with version ${resource.version}; given none that the API server serves: install those of this version (\`podwire doctor\` names what they lack)`;

/** Has a ledger stand before there is anything to write into it: who asks for one that is being built finds that it is. */
export async function ensureLedger(kube: KubeApi, stack: string): Promise<KubeObject> {
  const ledger = { metadata: { name: ledgerName(stack) }, spec: { stack } };
  return ensureObject(kube, resource, ledger).catch((error: unknown) => {
    throw error instanceof Gone ? new DefinitionMissing(`${WANTED}; ${error.message}`) : error;
  });
}

/** Writes the ledger of a stack, creating it where it is not there; an unchanged status is not written. */
export async function writeLedger(
  kube: KubeApi,
  { stack, known }: { stack: string; known: LoadBalancerObject | undefined },
  to: LoadBalancerStatus,
): Promise<void> {
  const key = { name: ledgerName(stack) };
  const from = known?.status ?? ((await ensureLedger(kube, stack)).status as object);
  await writeStatus(kube, { resource, key, from, to });
}

/** Removes the ledger of a stack that is no more. */
export async function deleteLedger(kube: KubeApi, stack: string): Promise<void> {
  await kube.delete(resource, { name: ledgerName(stack) }).catch((error: unknown) => {
    if (!(error instanceof Gone)) throw error;
  });
}
