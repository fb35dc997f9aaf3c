import { mkdir, readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { type Clock, realClock } from '../../runtime/clock.ts';
import { freePorts } from '../free-port.ts';
import { type GuardedProcess, startGuarded, tailOf } from '../guarded-process.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { type Identities, newIdentities, writeCredentials } from './credentials.ts';
import {
  apiServerFlags,
  type Controller,
  controllerManagerFlags,
  etcdFlags,
  type Place,
  podNetworkPath,
  writeEgress,
} from './flags.ts';
import { openPodNetwork, type PodNetwork } from './pod-network.ts';

export type ControlPlaneOptions = {
  /** Paths of the programs. */
  binaries: Record<'etcd' | 'kube-apiserver' | 'kube-controller-manager', string>;
  /** Holds data, certificates, kubeconfigs and logs; made when it is not there, and left behind. */
  dir: string;
  ports?: Partial<Place['ports']>;
  /** More flags for kube-apiserver, for example `--feature-gates=…`. */
  apiServerFlags?: string[];
  /** Controllers that do not run, by their names in kube-controller-manager. */
  without?: readonly Controller[];
};

/** A running etcd, kube-apiserver and kube-controller-manager of one's own, on loopback. */
export type ControlPlane = {
  readonly url: string;
  /** Of a user in `system:masters`. */
  readonly token: string;
  /** Of the user `podwire`, who has no rights but those bound to him. */
  readonly operatorToken: string;
  readonly certificateAuthority: string;
  /** Path of a kubeconfig with `token`. */
  readonly kubeconfig: string;
  /** Path of a kubeconfig with `operatorToken`. */
  readonly operatorKubeconfig: string;
  /** SIGKILL: with open watches a SIGTERM takes 18 s. */
  killApiServer(): Promise<void>;
  /** Starts it again on the same port, after a kill where it still runs; resolves when it is ready. */
  restartApiServer(): Promise<void>;
  close(): Promise<void>;
};

const READY_MS = 60_000;

type Parts = {
  podNetwork: PodNetwork;
  etcd: GuardedProcess;
  apiServer: GuardedProcess;
  controllerManager: GuardedProcess;
};
type Context = { options: ControlPlaneOptions; place: Place; identities: Identities; clock: Clock };

/** Starts a real control plane without kubelet and scheduler, and resolves when it is ready. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const context = await prepare(options);
  const parts: Partial<Parts> = {};
  try {
    parts.podNetwork = await openPodNetwork(podNetworkPath(options.dir));
    parts.etcd = start(context, 'etcd', etcdFlags(context.place));
    parts.apiServer = await startApiServer(context);
    const access = await writeAccess(context);
    parts.controllerManager = start(
      context,
      'kube-controller-manager',
      controllerManagerFlags(context.place, options.without),
    );
    return controlPlaneOf(context, parts as Parts, access);
  } catch (error) {
    await endAll(parts);
    throw error;
  }
}

async function prepare(options: ControlPlaneOptions): Promise<Context> {
  await mkdir(options.dir, { recursive: true });
  const [etcd, etcdPeer, apiServer, controllerManager] = (await freePorts(4)) as [number, number, number, number];
  const place = { dir: options.dir, ports: { etcd, etcdPeer, apiServer, controllerManager, ...options.ports } };
  const identities = newIdentities();
  await writeCredentials(options.dir, identities);
  await writeEgress(options.dir);
  return { options, place, identities, clock: realClock };
}

const urlOf = (place: Place): string => `https://127.0.0.1:${place.ports.apiServer}`;

function start({ options }: Context, name: keyof ControlPlaneOptions['binaries'], args: string[]): GuardedProcess {
  return startGuarded({ file: options.binaries[name], args, log: join(options.dir, `${name}.log`) });
}

async function startApiServer(context: Context): Promise<GuardedProcess> {
  const flags = [...apiServerFlags(context.place), ...(context.options.apiServerFlags ?? [])];
  const server = start(context, 'kube-apiserver', flags);
  try {
    await untilReady(context, server);
    return server;
  } catch (error) {
    await server.kill();
    throw error;
  }
}

async function untilReady({ place, identities, clock }: Context, server: GuardedProcess): Promise<void> {
  const until = clock.monotonic() + READY_MS;
  while (!(await answersReady(place, identities.admin.token))) {
    const late = clock.monotonic() > until;
    if (late || !server.running()) {
      const what = late ? `is not ready after ${READY_MS / 1000} s` : `ended (${await server.ended})`;
      throw new Error(
        `kube-apiserver ${what}; the end of its log:\n${await tailOf(join(place.dir, 'kube-apiserver.log'))}`,
      );
    }
    await clock.sleep(100);
  }
}

/** The certificate is the server's own, made at its first start: it is trusted from then on, by everyone but this question. */
function answersReady(place: Place, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ask = request(
      `${urlOf(place)}/readyz`,
      { rejectUnauthorized: false, headers: { authorization: `Bearer ${token}` }, timeout: 2_000, agent: false },
      (response) => resolve(response.resume().statusCode === 200),
    );
    ask.on('timeout', () => ask.destroy());
    ask.on('error', () => resolve(false));
    ask.end();
  });
}

type Access = Pick<ControlPlane, 'certificateAuthority' | 'kubeconfig' | 'operatorKubeconfig'>;

async function writeAccess({ place, identities }: Context): Promise<Access> {
  const certificateAuthority = await readFile(join(place.dir, 'certs', 'apiserver.crt'), 'utf8');
  const file = (name: string) => join(place.dir, `${name}.kubeconfig`);
  const entry = { name: 'podwire-control-plane', url: urlOf(place), certificateAuthority };
  await writeKubeconfig(file('admin'), { ...entry, token: identities.admin.token });
  await writeKubeconfig(file('operator'), { ...entry, token: identities.operator.token });
  await writeKubeconfig(file('controller-manager'), { ...entry, token: identities.controllerManager.token });
  return { certificateAuthority, kubeconfig: file('admin'), operatorKubeconfig: file('operator') };
}

function controlPlaneOf(context: Context, parts: Parts, access: Access): ControlPlane {
  return {
    ...access,
    url: urlOf(context.place),
    token: context.identities.admin.token,
    operatorToken: context.identities.operator.token,
    killApiServer: () => parts.apiServer.kill(),
    async restartApiServer() {
      await parts.apiServer.kill();
      parts.apiServer = await startApiServer(context);
    },
    close: () => endAll(parts),
  };
}

async function endAll({ podNetwork, ...processes }: Partial<Parts>): Promise<void> {
  await Promise.all(Object.values(processes).map((part) => part.kill()));
  await podNetwork?.close();
}
