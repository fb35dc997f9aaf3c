import { INJECT } from '../../src/api/pod.ts';

/** One app behind the load balancer: a namespace of its own with Deployment, Service and Ingress, all called `web`. */
export type App = {
  namespace: string;
  replicas: number;
  strategy?: object;
  /** More of the pod template: merged over ours. */
  pod?: { annotations?: Record<string, string>; labels?: Record<string, string>; spec?: object };
  container?: object;
  /** More containers beside `web`. */
  beside?: object[];
  env?: Record<string, string>;
  service?: object;
  /** Annotations of the Ingress, with their prefix. */
  ingress?: Record<string, string>;
  /** Whether the namespace carries the label that protects its first generation. */
  labelled?: boolean;
};

const ALB = 'alb.ingress.kubernetes.io/';
/** As fast as AWS allows: the gate waits for one health check. Seconds. */
const INTERVAL = 5;
/** Until a target that stopped answering counts as unhealthy: interval × threshold. Seconds. */
export const HEALTH_CHECK = INTERVAL * 2;
const HEALTH_CHECKS = {
  [`${ALB}healthcheck-interval-seconds`]: String(INTERVAL),
  [`${ALB}healthcheck-timeout-seconds`]: '2',
};

/** The annotation of an Ingress that sets the deregistration delay of its target groups, in whole seconds. */
export const delayed = (seconds: number): Record<string, string> => ({
  [`${ALB}target-group-attributes`]: `deregistration_delay.timeout_seconds=${Math.ceil(seconds)}`,
});

/** A Deployment without any preStop or annotation, as most are that nobody has thought about. */
export const objectsOf = (app: App): object[] => [
  namespaceOf(app),
  classOf(app),
  deploymentOf(app),
  serviceOf(app),
  ingressOf(app),
];

const namespaceOf = ({ namespace, labelled = true }: App) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: namespace, ...(labelled && { labels: { [INJECT]: 'enabled' } }) },
});

const classOf = ({ namespace }: App) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: namespace },
  spec: { controller: 'podwire.dev/alb' },
});

export const deploymentOf = (app: App) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: app.namespace },
  spec: {
    replicas: app.replicas,
    strategy: app.strategy ?? { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    selector: { matchLabels: { app: 'web' } },
    template: templateOf(app),
  },
});

/** Pods of the app, for any kind of workload. */
export const templateOf = ({ pod = {}, container = {}, beside = [], env = {} }: App) => ({
  metadata: { labels: { app: 'web', ...pod.labels }, ...(pod.annotations && { annotations: pod.annotations }) },
  spec: {
    containers: [
      {
        name: 'web',
        image: 'nginxinc/nginx-unprivileged:stable',
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
        ports: [{ name: 'http', containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
        ...container,
      },
      ...beside,
    ],
    ...pod.spec,
  },
});

export const serviceOf = ({ namespace, service = {} }: App) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...service },
});

const ingressOf = ({ namespace, ingress = {} }: App) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: 'web',
    namespace,
    annotations: { [`${ALB}scheme`]: 'internet-facing', ...HEALTH_CHECKS, ...ingress },
  },
  spec: {
    ingressClassName: namespace,
    rules: [
      {
        host: hostOf(namespace),
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
        },
      },
    ],
  },
});

export const hostOf = (namespace: string): string => `${namespace}.localhost`;
