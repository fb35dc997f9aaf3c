import { DRAIN } from '../../src/api/pod.ts';

const PREFIX = 'alb.ingress.kubernetes.io/';
const QUICK_CHECKS = { 'healthcheck-interval-seconds': '5', 'healthcheck-timeout-seconds': '2' };

export type IngressOptions = {
  namespace: string;
  name: string;
  host: string;
  class?: string;
  /** Without their prefix. */
  annotations?: Record<string, string>;
};

/** An internet-facing Ingress with one rule, to port 80 of the Service `web`. */
export const ingress = ({
  namespace,
  name,
  host,
  class: ingressClassName = 'podwire',
  annotations,
}: IngressOptions) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { namespace, name, annotations: prefixed({ scheme: 'internet-facing', ...QUICK_CHECKS, ...annotations }) },
  spec: {
    ingressClassName,
    rules: [
      {
        host,
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
        },
      },
    ],
  },
});

const prefixed = (annotations: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).map(([key, value]) => [PREFIX + key, value]));

/** Namespace, class of its own, Deployment, Service and Ingress `web`: pods that end at once when they are told to, as most do that nobody has thought about; nor may anybody else. */
export const careless = (namespace: string) => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: namespace },
    spec: { controller: 'podwire.dev/alb' },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: {
      replicas: 2,
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' }, annotations: { [DRAIN]: 'off' } },
        spec: { containers: [CONTAINER] },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
  },
  ingress({ namespace, name: 'web', host: `${namespace}.localhost`, class: namespace }),
];

const CONTAINER = {
  name: 'web',
  image: 'nginxinc/nginx-unprivileged:stable',
  ports: [{ name: 'http', containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
};
