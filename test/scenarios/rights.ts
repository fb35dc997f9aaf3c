import { Denied } from '../../src/errors.ts';
import type { KubeApi, ObjectKey, Patch, Resource } from '../../src/kube/api.ts';
import type { Right, Verb } from '../../src/kube/rights.ts';

type Asked = {
  verb: Verb;
  resource: Resource;
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: 'status';
};

/** Whether one of the rights is to do this, as roles made of them would say. */
export function isAllowed(rights: readonly Right[], asked: Asked, ownNamespace: string): boolean {
  return rights.some(
    ({ resource, subresource, verbs, scope, names }) =>
      resource.group === asked.resource.group &&
      resource.plural === asked.resource.plural &&
      subresource === asked.subresource &&
      verbs.includes(asked.verb) &&
      (scope === 'cluster' || asked.namespace === ownNamespace) &&
      (names === undefined || (asked.name !== undefined && names.includes(asked.name))),
  );
}

/** The same API for somebody who has these rights and no other. */
export function restrictedKube(kube: KubeApi, rights: readonly Right[], ownNamespace: string): KubeApi {
  const demand = (verb: Verb, resource: Resource, key: Partial<ObjectKey> & { subresource?: 'status' } = {}): void => {
    if (isAllowed(rights, { verb, resource, ...key }, ownNamespace)) return;
    const what = [resource.plural, ...(key.subresource ? [key.subresource] : [])].join('/');
    throw new Denied(`${verb} ${what}`, `no role allows to ${verb} ${what} ${key.namespace ?? ''}/${key.name ?? ''}`);
  };
  const only = ({ namespace, name }: ObjectKey): ObjectKey =>
    namespace === undefined ? { name } : { namespace, name };
  return {
    ...(kube.serverNow && { serverNow: () => kube.serverNow?.() }),
    watch(resource, scope) {
      const place = scope.namespace === undefined ? {} : { namespace: scope.namespace };
      for (const verb of ['list', 'watch'] as const) demand(verb, resource, place);
      return kube.watch(resource, scope);
    },
    async list(resource, scope = {}) {
      demand('list', resource, scope.namespace === undefined ? {} : { namespace: scope.namespace });
      return kube.list(resource, scope);
    },
    async get(resource, key) {
      demand('get', resource, only(key));
      return kube.get(resource, key);
    },
    async create(resource, object) {
      // A POST has no name that a role could go by.
      const { namespace } = object.metadata;
      demand('create', resource, namespace === undefined ? {} : { namespace });
      return kube.create(resource, object);
    },
    async patch(resource, key, patch: Patch) {
      const { subresource } = patch;
      demand('patch', resource, { ...only(key), ...(subresource && { subresource }) });
      // What is applied and is not there is created, under its name.
      if (patch.type === 'apply' && subresource === undefined && (await kube.get(resource, only(key))) === undefined)
        demand('create', resource, only(key));
      return kube.patch(resource, key, patch);
    },
    async delete(resource, key) {
      demand('delete', resource, only(key));
      return kube.delete(resource, key);
    },
  };
}
