import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../../kube/api.ts';
import type { Json } from '../schema/schema.ts';
import { type Cause, prohibited, required, wrong } from '../status.ts';
import { at, items, part, type Rules } from './rules.ts';

export const namespaceRules: Rules = {
  complete(namespace, around) {
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      'kubernetes.io/metadata.name': namespace.metadata.name,
    };
    if (!around.old) part(namespace, 'spec').finalizers = ['kubernetes'];
    namespace.status = { phase: 'Active', ...part(namespace, 'status') };
  },
};

/** A new node is not ready until whoever runs it says so and removes the taint, as TaintNodesByCondition has it. */
export const nodeRules: Rules = {
  complete(node, around) {
    if (around.old) return;
    const spec = part(node, 'spec');
    const taints = [...items(spec, 'taints')];
    if (!taints.some((one) => one.key === NOT_READY.key)) taints.push({ ...NOT_READY });
    spec.taints = taints;
  },
  validateChange(node, old) {
    const [now, before] = [at(node, 'spec.providerID'), at(old, 'spec.providerID')];
    return before && now !== before
      ? [
          prohibited(
            'spec.providerID',
            'node updates may only change labels, taints, or capacity (or configSource, if the DynamicKubeletConfig feature gate is enabled)',
          ),
        ]
      : [];
  },
};

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

export const secretRules: Rules = {
  complete(secret) {
    const plain = part(secret, 'stringData');
    if (Object.keys(plain).length === 0) return;
    const encoded = Object.entries(plain).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')]);
    secret.data = { ...part(secret, 'data'), ...Object.fromEntries(encoded) };
    delete secret.stringData;
  },
  validate: (secret) => [...checkKeys(part(secret, 'data')), ...checkSecretType(secret)],
  immutable: ['type'],
  validateChange: checkImmutable,
};

const NEEDED: Record<string, readonly string[]> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

const checkSecretType = (secret: KubeObject): Cause[] =>
  (NEEDED[String(secret.type)] ?? [])
    .filter((key) => part(secret, 'data')[key] === undefined)
    .map((key) => required(`data[${key}]`));

export const configMapRules: Rules = {
  validate: (map) => [...checkKeys(part(map, 'data')), ...checkKeys(part(map, 'binaryData'), 'binaryData')],
  validateChange: checkImmutable,
};

const checkKeys = (data: Json, field = 'data'): Cause[] =>
  Object.keys(data)
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key))
    .map((key) =>
      wrong(`${field}[${key}]`, key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"),
    );

function checkImmutable(object: KubeObject, old: KubeObject): Cause[] {
  if (old.immutable !== true) return [];
  const same = ['data', 'binaryData', 'immutable'].filter((field) => !isDeepStrictEqual(object[field], old[field]));
  return same.map((field) => prohibited(field, 'field is immutable when `immutable` is set'));
}

export const endpointSliceRules: Rules = {
  validate(slice) {
    const type = String(slice.addressType);
    return items(slice, 'endpoints').flatMap((endpoint, i) =>
      checkAddresses(endpoint, `endpoints[${i}].addresses`, type),
    );
  },
  immutable: ['addressType'],
};

function checkAddresses(endpoint: Json, path: string, type: string): Cause[] {
  const addresses = (endpoint.addresses ?? []) as string[];
  if (addresses.length === 0) return [required(path, 'must contain at least 1 address')];
  return addresses.flatMap((address, i) => checkEndpointAddress(address, `${path}[${i}]`, type));
}

function checkEndpointAddress(address: string, field: string, type: string): Cause[] {
  if (type === 'IPv4' && !/^\d{1,3}(\.\d{1,3}){3}$/.test(address))
    return [wrong(field, address, 'must be a valid IPv4 address')];
  if (type === 'IPv6' && !address.includes(':')) return [wrong(field, address, 'must be a valid IPv6 address')];
  if (/^127\.|^::1$/.test(address))
    return [wrong(field, address, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')];
  return [];
}

export const eventRules: Rules = {
  validate(event) {
    const about = at(event, 'involvedObject.namespace') ?? '';
    const wanted = event.metadata.namespace ?? '';
    const fits = about === wanted || (about === '' && wanted === 'default');
    return fits ? [] : [wrong('involvedObject.namespace', about, 'does not match event.namespace')];
  },
};
