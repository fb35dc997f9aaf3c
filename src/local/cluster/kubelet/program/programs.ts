import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeApi } from '../../../../kube/api.ts';
import type { Clock } from '../../../../runtime/clock.ts';
import type { Container } from '../../objects.ts';
import type { ContainerContext } from '../container.ts';
import type { Program } from '../runtime.ts';
import { environmentOf } from './environment.ts';
import { type Image, imageOf, type Images } from './image.ts';
import { type PodData, podDataIn } from './pod-data.ts';
import { type Mount, standIn } from './stand-in.ts';
import { fillVolume } from './volumes.ts';

export type ProgramsOptions = {
  images: Images;
  /** Holds a folder for each pod: its volumes, and what its containers printed. Left behind. */
  dir: string;
  api: KubeApi;
  clock: Clock;
  /** URL of the API server as a pod can dial it. */
  server: string;
};

/** One start of a container. */
export type Start = {
  /** Of the container, unique among all ever started. */
  id: string;
  /** How often the container was started before. */
  restarts: number;
  /** Aborts when this life of the container is over. */
  signal: AbortSignal;
};

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Containers that are programs of this machine, with the volumes, environment and token that a kubelet gives them. */
export class Programs {
  readonly #options: ProgramsOptions;

  constructor(options: ProgramsOptions) {
    this.#options = options;
  }

  has({ image }: Container): boolean {
    return imageOf(this.#options.images, image) !== undefined;
  }

  /** Makes everything that the container is started with. Throws where something that it names is not there yet. */
  async programOf(context: ContainerContext, start: Start): Promise<Program> {
    const { container, pod } = context;
    const image = imageOf(this.#options.images, container.image) as Image;
    const folder = this.#folderOf(context);
    const mounts = mountsOf(container, folder);
    const adapt = (text: string) => standIn(text, { mounts, address: context.addresses[0] ?? '' });
    const read = podDataIn(this.#options.api, pod.metadata.namespace ?? '');
    await this.#fillVolumes(context, { folder, adapt, read, signal: start.signal });
    const [file, ...first] = image.entrypoint;
    const own = Object.entries(await environmentOf(container, context, read)).map(([name, text]) => [
      name,
      adapt(text),
    ]);
    return {
      id: start.id,
      file,
      args: [...first, ...(container.args ?? [])].map(adapt),
      env: { ...image.env, ...(await this.#surroundings(context, { folder, mounts })), ...Object.fromEntries(own) },
      log: join(folder, 'logs', `${container.name}-${start.restarts}.log`),
    };
  }

  #folderOf({ pod }: ContainerContext): string {
    const { namespace, name, uid } = pod.metadata;
    return join(this.#options.dir, `${namespace}_${name}_${uid}`);
  }

  async #fillVolumes(
    { pod, container, onError, ...place }: ContainerContext,
    how: { folder: string; adapt: (text: string) => string; read: PodData; signal: AbortSignal },
  ): Promise<void> {
    const { api, clock } = this.#options;
    const { folder, ...rest } = how;
    const mounted = new Set((container.volumeMounts ?? []).map(({ name }) => name));
    for (const volume of (pod.spec.volumes ?? []).filter(({ name }) => mounted.has(name)))
      await fillVolume(volumeFolder(folder, volume.name), volume, {
        ...{ api, clock, onError, ...rest },
        place: { pod, ...place },
      });
  }

  /** What every container of a cluster has in its environment. */
  async #surroundings(
    { pod, node }: ContainerContext,
    { folder, mounts }: { folder: string; mounts: Mount[] },
  ): Promise<Record<string, string>> {
    const { hostname, port } = new URL(this.#options.server);
    const account = mounts.find(({ mountPath }) => mountPath === SERVICE_ACCOUNT);
    return {
      PATH: SEARCH_PATH,
      HOME: folder,
      HOSTNAME: pod.spec.hostNetwork === true ? node : (pod.spec.hostname ?? pod.metadata.name),
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      ...(account && { KUBECONFIG: await this.#writeAccess(account) }),
    };
  }

  /**
   * A program looks for its token at a path that every machine has only once, if at all. So the mount is named to it in the other
   * way that clients of Kubernetes know, a kubeconfig: the same files, read again when the token is renewed. Without the mount
   * there is no kubeconfig either, and it fails as it would in a cluster.
   */
  async #writeAccess({ path }: Mount): Promise<string> {
    const file = join(path, 'kubeconfig');
    const cluster = { server: this.#options.server, 'certificate-authority': join(path, 'ca.crt') };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'pod', cluster }],
      users: [{ name: 'pod', user: { tokenFile: join(path, 'token') } }],
      contexts: [{ name: 'pod', context: { cluster: 'pod', user: 'pod' } }],
      'current-context': 'pod',
    };
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }
}

const volumeFolder = (folder: string, name: string): string => join(folder, 'volumes', name);

const mountsOf = ({ volumeMounts = [] }: Container, folder: string): Mount[] =>
  volumeMounts.map(({ name, mountPath, subPath = '' }) => ({
    mountPath,
    path: join(volumeFolder(folder, name), subPath),
  }));
