import type { KubeObject } from '../../../../kube/api.ts';
import { type Json, textOf } from '../schema/schema.ts';
import { type Cause, required, wrong } from '../status.ts';
import { at, items, part, type Rules, setDefault } from './rules.ts';

const HOST = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';

export const ingressRules: Rules = {
  /** A new Ingress without a class gets the default one, as the DefaultIngressClass admission does it. */
  complete(ingress, around) {
    if (around.old || at(ingress, 'spec.ingressClassName') || ingress.metadata.annotations?.[CLASS_ANNOTATION]) return;
    const defaults = around
      .list('networking.k8s.io/ingressclasses')
      .filter((one) => one.metadata.annotations?.[DEFAULT_CLASS] === 'true')
      .sort((a, b) => ((a.metadata.creationTimestamp ?? '') > (b.metadata.creationTimestamp ?? '') ? -1 : 1));
    if (defaults[0]) setDefault(part(ingress, 'spec'), 'ingressClassName', defaults[0].metadata.name);
  },
  validate(ingress) {
    const spec = part(ingress, 'spec');
    const rules = items(spec, 'rules');
    const causes = rules.flatMap((rule, i) => checkRule(rule, `spec.rules[${i}]`));
    if (rules.length === 0 && !spec.defaultBackend) {
      causes.push(wrong('spec', spec, 'either `defaultBackend` or `rules` must be specified'));
    }
    if (spec.defaultBackend) causes.push(...checkBackend(part(spec, 'defaultBackend'), 'spec.defaultBackend'));
    return [...causes, ...checkClass(ingress)];
  },
};

function checkClass(ingress: KubeObject): Cause[] {
  const name = at(ingress, 'spec.ingressClassName');
  const annotation = ingress.metadata.annotations?.[CLASS_ANNOTATION];
  if (!name || !annotation || name === annotation) return [];
  return [
    wrong(
      `metadata.annotations.${CLASS_ANNOTATION}`,
      annotation,
      'must match `ingressClassName` when both are specified',
    ),
  ];
}

function checkRule(rule: Json, path: string): Cause[] {
  const host = textOf(rule.host);
  const causes: Cause[] = [];
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host))
    causes.push(wrong(`${path}.host`, host, 'must be a DNS name, not an IP address'));
  else if (host !== '' && !HOST.test(host)) {
    causes.push(
      wrong(`${path}.host`, host, 'a lowercase RFC 1123 subdomain (or a wildcard one, "*." and a subdomain) is needed'),
    );
  }
  if (rule.http && items(rule, 'http.paths').length === 0) causes.push(required(`${path}.http.paths`));
  return [...causes, ...items(rule, 'http.paths').flatMap((one, i) => checkPath(one, `${path}.http.paths[${i}]`))];
}

function checkPath(one: Json, path: string): Cause[] {
  const causes: Cause[] = [];
  if (!one.pathType) causes.push(required(`${path}.pathType`, 'pathType must be specified'));
  const strict = one.pathType === 'Exact' || one.pathType === 'Prefix';
  const value = textOf(one.path);
  if ((strict || value !== '') && !value.startsWith('/'))
    causes.push(wrong(`${path}.path`, value, 'must be an absolute path'));
  const bad = strict ? ['//', '/./', '/../', '%2f', '%2F'].find((part) => value.includes(part)) : undefined;
  if (bad) causes.push(wrong(`${path}.path`, value, `must not contain '${bad}'`));
  return [...causes, ...checkBackend(part(one, 'backend'), `${path}.backend`)];
}

function checkBackend(backend: Json, path: string): Cause[] {
  if (backend.resource && backend.service) {
    return [wrong(path, '', 'cannot set both resource and service backends')];
  }
  if (backend.resource) return [];
  if (!backend.service) return [required(path, 'must specify either a service or a resource')];
  const { name, number } = part(backend, 'service.port');
  if (!at(backend, 'service.name')) return [required(`${path}.service.name`)];
  if (name && number) return [wrong(path, '', 'cannot set both port name & port number')];
  if (!name && !number) return [required(path, 'port name or number is required')];
  return [];
}

export const ingressClassRules: Rules = {
  validate(ingressClass) {
    const controller = at(ingressClass, 'spec.controller');
    if (!controller) return [required('spec.controller')];
    return /^[a-z0-9.-]+\/[A-Za-z0-9/_.-]+$/.test(textOf(controller))
      ? []
      : [wrong('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  },
  immutable: ['spec.controller'],
};
