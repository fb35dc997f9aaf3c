import { Invalid } from '../../errors.ts';
import type { KubeObject } from '../../kube/api.ts';
import type { Ingress, IngressBackend, IngressClass, IngressClassParams, IngressPath, PortRef } from '../objects.ts';
import type { Part } from './fields.ts';
import { readMeta, readObject } from './meta.ts';

const PATH_TYPES = ['Exact', 'Prefix', 'ImplementationSpecific'] as const;
const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';

/** Keeps rules, TLS hosts and the addresses that the status tells. */
export function projectIngress(object: KubeObject): Ingress {
  const { metadata, spec, status } = readObject(object);
  return {
    ...readMeta(metadata),
    ...(spec.has('ingressClassName') ? { className: spec.text('ingressClassName') } : {}),
    ...(spec.has('defaultBackend') ? { defaultBackend: readBackend(spec.part('defaultBackend')) } : {}),
    rules: spec.parts('rules').map((rule) => ({
      ...(rule.text('host', '') === '' ? {} : { host: rule.text('host') }),
      paths: rule.part('http').parts('paths').map(readPath),
    })),
    tls: spec.parts('tls').map((tls) => ({
      hosts: tls.texts('hosts'),
      ...(tls.text('secretName', '') === '' ? {} : { secretName: tls.text('secretName') }),
    })),
    hostnames: status
      .part('loadBalancer')
      .parts('ingress')
      .map((address) => address.text('hostname', ''))
      .filter((hostname) => hostname !== ''),
  };
}

const readPath = (path: Part): IngressPath => ({
  path: path.text('path', ''),
  pathType: path.oneOf('pathType', PATH_TYPES, 'ImplementationSpecific'),
  backend: readBackend(path.part('backend')),
});

function readBackend(backend: Part): IngressBackend {
  if (backend.has('service')) {
    const service = backend.part('service');
    return { service: service.text('name'), port: readPort(service.part('port')) };
  }
  if (!backend.has('resource')) throw new Invalid(backend.path, 'wanted a service or a resource, given neither');
  const resource = backend.part('resource');
  return {
    resource: { apiGroup: resource.text('apiGroup', ''), kind: resource.text('kind'), name: resource.text('name') },
  };
}

/** A port by name or by number, as Ingress and TargetGroup objects spell it. */
export const readPort = (port: Part): PortRef =>
  port.has('name') && port.text('name') !== '' ? { name: port.text('name') } : { number: port.number('number') };

/** Keeps who is to serve the class, its parameters, and whether it is the default one. */
export function projectIngressClass(object: KubeObject): IngressClass {
  const { metadata, spec } = readObject(object);
  const meta = readMeta(metadata);
  const parameters = spec.part('parameters');
  return {
    ...meta,
    controller: spec.text('controller', ''),
    isDefault: meta.annotations[DEFAULT_CLASS] === 'true',
    ...(spec.has('parameters')
      ? {
          parameters: {
            apiGroup: parameters.text('apiGroup', ''),
            kind: parameters.text('kind'),
            name: parameters.text('name'),
          },
        }
      : {}),
  };
}

/** Keeps the spec as it is: the model reads it with its own messages. */
export function projectIngressClassParams(object: KubeObject): IngressClassParams {
  const { root, metadata } = readObject(object);
  return { ...readMeta(metadata), spec: (root.raw('spec') ?? {}) as Record<string, unknown> };
}
