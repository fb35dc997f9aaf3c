import type { Ingress, IngressBackend, IngressPath, PortRef } from '../../cluster/objects.ts';
import type { WrittenAction } from '../annotations/actions.ts';
import { annotationSource, readOf } from '../annotations/source.ts';
import { pathCondition } from '../rule-conditions.ts';
import type { ListenerView, RuleView } from './facts.ts';
import { isHostOrPath, matchesPattern, type Request } from './requests.ts';

/** One path of an Ingress and where it leads; the default backend has no path. */
export type Way = {
  ingress: Ingress;
  /** For example `shop.example.com/cart`. */
  name: string;
  host?: string;
  path?: IngressPath;
  backends: WayBackend[];
};

/** `weight` of `total`; 1 of 1 where nobody wrote weights. */
export type WayBackend = { service: string; port: PortRef; weight: number; total: number };

/** Every path of an Ingress in the order in which it is written. */
export function waysOf(ingress: Ingress): Way[] {
  const ways = ingress.rules.flatMap(({ host, paths }) =>
    paths.map((path) => ({
      ingress,
      name: `${host ?? '*'}${path.path === '' ? '/' : path.path}`,
      ...(host !== undefined && { host }),
      path,
      backends: backendsOf(ingress, path.backend),
    })),
  );
  const { defaultBackend } = ingress;
  if (defaultBackend === undefined) return ways;
  return [...ways, { ingress, name: 'default backend', backends: backendsOf(ingress, defaultBackend) }];
}

const USE_ANNOTATION = 'use-annotation';

function backendsOf(ingress: Ingress, backend: IngressBackend): WayBackend[] {
  if ('resource' in backend) return [];
  const { service, port } = backend;
  if (!('name' in port) || port.name !== USE_ANNOTATION) return [{ service, port, weight: 1, total: 1 }];
  return weightedOf(writtenAction(ingress, service));
}

function writtenAction(ingress: Ingress, name: string): WrittenAction | undefined {
  const source = annotationSource(`Ingress ${ingress.namespace}/${ingress.name}`, ingress.annotations);
  return readOf({ sources: [source], problems: [] }, 'actions', name);
}

function weightedOf(action: WrittenAction | undefined): WayBackend[] {
  if (action?.type !== 'forward') return [];
  const weights = action.targets.map(({ weight }) => weight ?? 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return action.targets.flatMap(({ serviceName, servicePort }, at) =>
    serviceName === undefined || servicePort === undefined
      ? []
      : [{ service: serviceName, port: servicePort, weight: weights[at] ?? 1, total }],
  );
}

/** Requests that only this way is to answer, one for each form of its path. */
export function samplesOf({ host = 'any.invalid', path }: Way, on: Pick<Request, 'scheme' | 'port'>): Request[] {
  const asked = host.replace('*', 'any');
  return samplePaths(path).map((one) => ({ ...on, host: asked, path: one }));
}

function samplePaths(path: IngressPath | undefined): string[] {
  if (path === undefined) return ['/any'];
  if (path.pathType === 'Exact') return [path.path];
  const plain = path.path.replace(/\/+$/, '');
  if (path.pathType === 'Prefix') return [plain === '' ? '/' : plain, `${plain}/any`];
  return [path.path === '' ? '/' : path.path.replaceAll('*', 'any').replaceAll('?', 'a')];
}

/** Whether the request is one for this way. */
export function serves({ host, path }: Way, request: Request): boolean {
  if (!servesHost(host, request.host)) return false;
  if (path === undefined) return true;
  const condition = pathCondition(path, false);
  return 'values' in condition && condition.values.some((pattern) => matchesPattern(pattern, request.path));
}

export const servesHost = (host: string | undefined, asked: string): boolean =>
  host === undefined || matchesPattern(host.toLowerCase(), asked.toLowerCase());

/** The rules that a listener has for this way: those with its host and one of its path patterns. */
export function ownRules({ host, path }: Way, { rules }: ListenerView): RuleView[] {
  if (path === undefined) return [];
  const patterns = patternsOf(pathCondition(path, false));
  const bare = path.path.replace(/^\//, '');
  return rules.filter(({ conditions }) => {
    const written = (field: string): string[] =>
      conditions.filter(isHostOrPath).flatMap((one) => (one.field === field ? patternsOf(one) : []));
    const hosts = written('host-header');
    const paths = written('path-pattern');
    const sameHost = host === undefined ? hosts.length === 0 : hosts.includes(host);
    return sameHost && (paths.includes(bare) || patterns.some((one) => paths.includes(one)));
  });
}

const patternsOf = (condition: { values: string[] } | { regexValues: string[] }): string[] =>
  'regexValues' in condition ? condition.regexValues : condition.values;
