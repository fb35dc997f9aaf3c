import type { Answer, Body } from './http.ts';

/** Paths of the kinds the cases use, in one namespace. */
export const paths = (namespace: string) => ({
  configMaps: `/api/v1/namespaces/${namespace}/configmaps`,
  services: `/api/v1/namespaces/${namespace}/services`,
  pods: `/api/v1/namespaces/${namespace}/pods`,
  deployments: `/apis/apps/v1/namespaces/${namespace}/deployments`,
  replicaSets: `/apis/apps/v1/namespaces/${namespace}/replicasets`,
  ingresses: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
  slices: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
});

export const configMap = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { a: '1', b: '2' },
  ...more,
});

export const service = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec },
});

export const ingress = (name: string, spec: object = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name },
  spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } }, ...spec },
});

export const deployment = (name: string, spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: template(name), ...spec },
});

export const template = (name: string, container: object = {}) => ({
  metadata: { labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 5,
    containers: [
      {
        name: 'web',
        image: 'podwire/echo',
        ports: [{ name: 'http', containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
        ...container,
      },
    ],
  },
});

/** A pod for which there is no node, so that nobody touches it. */
export const pod = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: { nodeSelector: { nowhere: 'true' }, containers: [{ name: 'web', image: 'podwire/echo' }], ...spec },
});

/** The parts of a refusal a client decides by. */
export const refusal = ({ status, body }: Answer): Body => ({
  status,
  reason: body.reason,
  fields: (body.details?.causes ?? []).map((cause: Body) => cause.field),
});

export const namesOf = ({ body }: Answer): string[] => body.items.map((item: Body) => item.metadata.name).toSorted();
