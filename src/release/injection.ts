import { namesOf } from '../admission/installation.ts';
import { Gone } from '../errors.ts';
import type { KubeApi, Resource } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';

/** What writes gates into pods, or refuses those without: first what refuses, since it would go on when nothing writes any more. */
const INSTALLED: readonly (readonly [Resource, keyof ReturnType<typeof namesOf>])[] = [
  [RESOURCES.validatingAdmissionPolicyBinding, 'strict'],
  [RESOURCES.validatingAdmissionPolicy, 'strict'],
  [RESOURCES.mutatingAdmissionPolicyBinding, 'policy'],
  [RESOURCES.mutatingAdmissionPolicyBinding, 'first'],
  [RESOURCES.mutatingAdmissionPolicy, 'policy'],
  [RESOURCES.mutatingWebhookConfiguration, 'webhook'],
];

/** Deletes it all; returns what was there. */
export async function endInjection(kube: Pick<KubeApi, 'delete'>, controllerId: string): Promise<string[]> {
  const ended: string[] = [];
  const names = namesOf(controllerId);
  for (const [resource, key] of INSTALLED)
    if (await remove(kube, resource, names[key])) ended.push(`${resource.kind} ${names[key]}`);
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
