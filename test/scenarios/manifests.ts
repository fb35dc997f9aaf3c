/** Manifests that the scenarios share. */

type Backend = { service: string; port?: number | string };
type Rule = { host?: string; path?: string; pathType?: string } & Backend;

export type IngressOptions = {
  name: string;
  namespace?: string;
  class?: string;
  annotations?: Record<string, string>;
  rules?: Rule[];
  defaultBackend?: Backend;
};

const PREFIX = 'alb.ingress.kubernetes.io/';

export function ingress(options: IngressOptions): object {
  const {
    name,
    namespace = 'shop',
    class: className = 'podwire',
    rules = [],
    defaultBackend,
    annotations = {},
  } = options;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace, annotations: prefixed(annotations) },
    spec: {
      ingressClassName: className,
      ...(defaultBackend && { defaultBackend: backendOf(defaultBackend) }),
      ...(rules.length > 0 && { rules: rules.map(ruleOf) }),
    },
  };
}

/** `scheme` stands for `alb.ingress.kubernetes.io/scheme`. */
export const prefixed = <Value>(annotations: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [key.includes('/') ? key : `${PREFIX}${key}`, value]),
  );

const backendOf = ({ service, port = 80 }: Backend) => ({
  service: { name: service, port: typeof port === 'number' ? { number: port } : { name: port } },
});

const ruleOf = ({ host, path = '/', pathType = 'Prefix', ...backend }: Rule) => ({
  ...(host !== undefined && { host }),
  http: { paths: [{ path, pathType, backend: backendOf(backend) }] },
});

export type ServiceOptions = { name: string; namespace?: string; type?: string; app?: string; more?: object };

export const service = ({
  name,
  namespace = 'shop',
  type = 'ClusterIP',
  app = name,
  more,
}: ServiceOptions): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { type, selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...more },
});

export type SliceOptions = { service: string; namespace?: string; addresses: string[] };

/** The one EndpointSlice of a Service, where no workload controller writes it: every address is a ready pod, on the node of its subnet. */
export const slice = ({ service: name, namespace = 'shop', addresses }: SliceOptions): object => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
  addressType: addresses[0]?.includes(':') ? 'IPv6' : 'IPv4',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints: addresses.map((address) => ({
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: nodeOf(address),
    targetRef: { kind: 'Pod', namespace, name: `${name}-${address}`, uid: `uid-${name}-${address}` },
  })),
});

const nodeOf = (address: string): string =>
  `ip-10-0-${address.match(/^10\.0\.(\d)\./)?.[1] ?? 1}-10.eu-central-1.compute.internal`;

export type DeploymentOptions = {
  name: string;
  /** Label by which Services select the pods: the name, where it is left out. */
  app?: string;
  namespace?: string;
  replicas?: number;
  version?: string;
  preStopSeconds?: number;
  graceSeconds?: number;
  minReadySeconds?: number;
  annotations?: Record<string, string>;
  /** Whether its pods carry the readiness gate, as if it had been injected. */
  gated?: boolean;
};

export const deployment = (options: DeploymentOptions): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: options.name, namespace: options.namespace ?? 'shop' },
  spec: {
    replicas: options.replicas ?? 2,
    minReadySeconds: options.minReadySeconds ?? 0,
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    selector: { matchLabels: { app: options.app ?? options.name, of: options.name } },
    template: templateOf(options),
  },
});

const templateOf = ({
  name,
  app = name,
  version = '1',
  preStopSeconds,
  graceSeconds,
  annotations,
  gated = false,
}: DeploymentOptions) => ({
  metadata: { labels: { app, of: name }, ...(annotations && { annotations }) },
  spec: {
    terminationGracePeriodSeconds: graceSeconds ?? 40,
    ...(gated && { readinessGates: [{ conditionType: 'podwire.dev/target-ready' }] }),
    containers: [
      {
        name: 'web',
        image: `web:${version}`,
        ports: [{ name: 'http', containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
        ...(preStopSeconds !== undefined && { lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } } }),
      },
    ],
  },
});
