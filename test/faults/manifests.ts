import { type IngressOptions, ingress, type ServiceOptions, service } from '../scenarios/manifests.ts';

/** Health checks as often as AWS lets them be, with time for an answer on a busy machine. */
const CHECKS = {
  'healthcheck-interval-seconds': '5',
  'healthcheck-timeout-seconds': '4',
  'target-group-attributes': 'deregistration_delay.timeout_seconds=300',
};

type ShopOptions = Partial<IngressOptions> & { host?: string; path?: string; port?: number | string };

/** Ingress `shop` for the host shop.localhost, in front of Service `web`. */
export const shop = ({ host = 'shop.localhost', path = '/', port = 80, annotations, ...more }: ShopOptions = {}) =>
  ingress({
    name: 'shop',
    rules: [{ host, path, service: 'web', port }],
    annotations: { ...CHECKS, scheme: 'internet-facing', ...annotations },
    ...more,
  });

export const front = (options: Partial<ServiceOptions> = {}): object => service({ name: 'web', ...options });

export type WebOptions = {
  name?: string;
  replicas?: number;
  probePath?: string;
  env?: Record<string, string>;
  zone?: string;
  gate?: string;
  annotations?: Record<string, string>;
};

/** Deployment `web`, whose one pod answers on port 8080. */
export const web = (options: WebOptions = {}): object => {
  const { name = 'web', replicas = 1 } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: templateOf(name, options) },
  };
};

const templateOf = (name: string, { probePath = '/', env = {}, zone, gate, annotations = {} }: WebOptions): object => ({
  metadata: { labels: { app: name }, annotations },
  spec: {
    ...(zone !== undefined && { nodeSelector: { 'topology.kubernetes.io/zone': zone } }),
    ...(gate !== undefined && { readinessGates: [{ conditionType: gate }] }),
    containers: [
      {
        name: 'web',
        image: 'web:1',
        env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
        ports: [{ name: 'http', containerPort: 8080 }],
        readinessProbe: { httpGet: { path: probePath, port: 'http' }, periodSeconds: 1 },
      },
    ],
  },
});

export const noPods = (): object => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'none' },
  spec: { hard: { pods: '0' } },
});
