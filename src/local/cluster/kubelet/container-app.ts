import type { Container, Pod, Probe } from '../objects.ts';
import { type App, type Behaviour, behaviourOf } from './app.ts';
import type { ContainerContext } from './container.ts';

/** The app that stands for one start of a container. */
export function appOf(context: ContainerContext, id: string): App {
  const { pod, container, addresses } = context;
  return {
    id,
    addresses,
    ports: (container.ports ?? [])
      .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
      .map((port) => port.containerPort),
    identity: identityOf(context),
    healthPaths: ['/healthz', ...probePaths(pod, ({ readinessProbe }) => [readinessProbe])],
    livePaths: probePaths(pod, ({ livenessProbe, startupProbe }) => [livenessProbe, startupProbe]),
    behaviour: behaviourFrom(container, pod),
  };
}

export const behaviourFrom = (container: Container, pod: Pod): Behaviour =>
  behaviourOf(environmentOf(container), pod.metadata.annotations ?? {});

function environmentOf({ env = [], args = [] }: Container): Record<string, string | undefined> {
  const pairs = args.map((arg) => /^([A-Z_]+)=(.*)$/.exec(arg)).filter((match) => match !== null);
  return Object.fromEntries([
    ...pairs.map(([, name, value]) => [name, value]),
    ...env.map(({ name, value }) => [name, value]),
  ]);
}

function identityOf({ pod, container, node, addresses }: ContainerContext): App['identity'] {
  const { name, namespace = '', labels = {} } = pod.metadata;
  const version = environmentOf(container).VERSION ?? labels.version ?? labels['app.kubernetes.io/version'] ?? '';
  return { pod: name, namespace, container: container.name, ip: addresses[0] ?? '', node, version };
}

function probePaths({ spec }: Pod, probesOf: (container: Container) => (Probe | undefined)[]): string[] {
  return spec.containers.flatMap(probesOf).flatMap((probe) => (probe?.httpGet ? [probe.httpGet.path ?? '/'] : []));
}
