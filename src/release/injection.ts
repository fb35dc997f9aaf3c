import { NAMES } from '../admission/installation.ts';
import { Gone } from '../errors.ts';
import type { KubeApi, Resource } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';

/** What writes gates into pods, or refuses those without: first what refuses, since it would go on when nothing writes any more. */
const INSTALLED: readonly (readonly [Resource, string])[] = [
  [RESOURCES.validatingAdmissionPolicyBinding, NAMES.strict],
  [RESOURCES.validatingAdmissionPolicy, NAMES.strict],
  [RESOURCES.mutatingAdmissionPolicyBinding, NAMES.policy],
  [RESOURCES.mutatingAdmissionPolicyBinding, NAMES.first],
  [RESOURCES.mutatingAdmissionPolicy, NAMES.policy],
  [RESOURCES.mutatingWebhookConfiguration, NAMES.webhook],
];

/** Deletes it all; returns what was there. */
export async function endInjection(kube: Pick<KubeApi, 'delete'>): Promise<string[]> {
  const ended: string[] = [];
  for (const [resource, name] of INSTALLED)
    if (await remove(kube, resource, name)) ended.push(`${resource.kind} ${name}`);
  return ended;
}

/** False where it, or its kind, is not there. */
async function remove(kube: Pick<KubeApi, 'delete'>, resource: Resource, name: string): Promise<boolean> {
  try {
    await kube.delete(resource, { name });
    return true;
  } catch (error) {
    if (error instanceof Gone) return false;
    throw error;
  }
}
