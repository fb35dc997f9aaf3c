import type { ObjectKey, Resource } from './api.ts';

/** Path of one kind, or of one object of it, on the API server. */
export function pathOf(resource: Resource, key: Partial<ObjectKey> = {}): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && key.namespace ? `/namespaces/${encodeURIComponent(key.namespace)}` : '';
  const name = key.name === undefined ? '' : `/${encodeURIComponent(key.name)}`;
  return `${root}${scope}/${resource.plural}${name}`;
}

/** How messages name it: `ingresses.networking.k8s.io shop/web`. */
export function nameOf(resource: Resource, key: Partial<ObjectKey> = {}): string {
  const kind = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
  const name = [key.namespace, key.name].filter((part) => part !== undefined && part !== '').join('/');
  return name === '' ? kind : `${kind} ${name}`;
}
