import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTROL_PLANE_TOOLS, findTools } from '../../scripts/tool-cache.ts';
import { startAwsProcess } from '../../src/local/aws-process.ts';
import type { LocalAwsSettings, Range } from '../../src/local/aws/settings.ts';
import { type RunningNodes, startNodes } from '../../src/local/cluster/cluster.ts';
import { connectTo } from '../../src/local/cluster/connection.ts';
import { localNodes } from '../../src/local/cluster/kubelet/node.ts';
import { type ControlPlane, startControlPlane } from '../../src/local/control-plane/control-plane.ts';
import { type OperatorProcess, startOperatorProcess } from '../../src/local/operator-process.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { claimSlot } from '../../src/local/slot.ts';
import type { World } from '../../src/local/world.ts';
import { type Kubectl, kubectlWith } from '../kubectl.ts';
import { type Drain, flagsOf } from './budget.ts';
import { injects, installInjection } from './injection.ts';
import { ALB_LAG, NLB_LAG } from './lags.ts';
import { milliseconds, type Scale } from './scale.ts';

export type Injection = 'policy' | 'webhook' | 'off';

export type WorldOptions = {
  /** Parts of the protection that are switched off. */
  controls?: readonly string[];
  injection?: Injection;
  /** Operators beside each other; one of them leads. */
  operators?: number;
  /** More flags of the operator. */
  flags?: readonly string[];
  /** More of the operators' environment. */
  env?: Record<string, string>;
  /** Parts of the drain budget that differ, in seconds of real AWS. */
  drain?: Partial<Drain>;
  aws?: Partial<LocalAwsSettings>;
  nodes?: number;
  /** How long an address rests before another pod gets it; seconds of real AWS. */
  cooldownSeconds?: number;
  /** Lags of an ALB's nodes that differ, in seconds of real AWS. */
  lagSeconds?: Range;
  /** Load after what is done, by default a minute; seconds of real AWS. */
  loadAfterSeconds?: number;
};

/** One whose calls to AWS carry its name as `app/<name>`. */
type ProofOperator = OperatorProcess & { name: string };

/** A real control plane, pods, local AWS and operators between them, each a process of its own. */
export type ProofWorld = World & {
  scale: Scale;
  options: WorldOptions;
  dir: string;
  controlPlane: ControlPlane;
  kubectl: Kubectl;
  running: RunningNodes;
  /** In the order they were started. */
  operators: ProofOperator[];
  /** Starts one more; `name` is that of its log, too. */
  startOperator(name: string, more?: { flags?: string[]; env?: Record<string, string> }): Promise<ProofOperator>;
  close(): Promise<void>;
};

type Stops = (() => Promise<unknown>)[];

export async function openWorld(scale: Scale, options: WorldOptions): Promise<ProofWorld> {
  const stops: Stops = [];
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  };
  try {
    return { ...(await startParts(scale, options, stops)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(scale: Scale, options: WorldOptions, stops: Stops): Promise<Omit<ProofWorld, 'close'>> {
  const tools = findTools(CONTROL_PLANE_TOOLS);
  if ('missing' in tools) throw new Error(tools.missing);
  const dir = await mkdtemp(join(tmpdir(), 'podwire-proof-'));
  stops.push(() => rm(dir, { recursive: true, force: true }));
  const slot = await claimSlot();
  stops.push(() => slot.release());
  const nodes = localNodes({ slot: slot.number, count: options.nodes ?? 3 });
  // AWS may call a target healthy before every node of the load balancer knows it.
  const settings = { registrationEnds: 'at-once', ...lagsOf(scale, options), ...options.aws } as const;
  const [aws, controlPlane] = await Promise.all([
    keep(startAwsProcess({ dir, nodes, slot: slot.number, settings }), (started) => started.stop(), stops),
    keep(startControlPlane({ binaries: tools.paths, dir }), (started) => started.close(), stops),
  ]);
  const { kubeconfig } = controlPlane;
  const kubectl = kubectlWith(tools.paths.kubectl, kubeconfig);
  const [running, injection] = await Promise.all([
    keep(startNodes({ kubeconfig, dir, nodes }), (started) => started.close(), stops),
    installInjection({ kubectl, scale, options }),
    kubectl('apply', '-f', shippedFile('crds')),
  ]);
  await running.reuseAddresses(reuseOf(scale, options));
  const kube = await connectTo(kubeconfig);
  const world = { scale, options, dir, aws, controlPlane, running, kubectl, kube, injection };
  const operators = await startOperators(world, stops);
  await injects(world);
  return { ...world, ...operators };
}

/** Has a part stopped in the end, also where the world is given up while it is still starting. */
function keep<Part>(starting: Promise<Part>, stop: (part: Part) => Promise<unknown>, stops: Stops): Promise<Part> {
  stops.push(() => starting.then(stop, () => undefined));
  return starting;
}

type Started = Omit<ProofWorld, 'close' | 'operators' | 'startOperator'> & { injection: string[] };

async function startOperators(world: Started, stops: Stops): Promise<Pick<ProofWorld, 'operators' | 'startOperator'>> {
  const { dir, aws, controlPlane, options } = world;
  // A copy: another build meanwhile must not change what is measured.
  await cp(shippedFile('dist'), join(dir, 'dist'), { recursive: true });
  const operators: ProofOperator[] = [];
  stops.push(() => Promise.all(operators.map((operator) => operator.kill())));
  const common = {
    kubeconfig: controlPlane.kubeconfig,
    awsUrl: aws.url,
    dir,
    entry: join(dir, 'dist', 'operator.mjs'),
  };
  const start: ProofWorld['startOperator'] = async (name, { flags = [], env = {} } = {}) => {
    const controls = (options.controls ?? []).join(',');
    const started = await startOperatorProcess({
      ...common,
      name,
      flags: [...flagsOf(world), ...world.injection, ...(options.flags ?? []), ...flags],
      env: {
        AWS_SDK_UA_APP_ID: name,
        ...(controls !== '' && { PODWIRE_CONTROL: controls }),
        ...options.env,
        ...env,
      },
    });
    const operator = { ...started, name };
    operators.push(operator);
    return operator;
  };
  for (let index = 0; index < (options.operators ?? 1); index++) await start(`operator-${index}`);
  return { operators, startOperator: start };
}

const lagsOf = (scale: Scale, { lagSeconds = ALB_LAG }: WorldOptions): Partial<LocalAwsSettings> =>
  Object.fromEntries(
    Object.entries({ propagationLagMs: lagSeconds, nlbPropagationLagMs: NLB_LAG }).map(([name, { min, max }]) => [
      name,
      { min: milliseconds(scale, min), max: milliseconds(scale, max) },
    ]),
  );

/** Without any rest the next pod gets the address that was freed last. */
const reuseOf = (scale: Scale, { cooldownSeconds = 30 }: WorldOptions) =>
  ({
    restMs: milliseconds(scale, cooldownSeconds),
    next: cooldownSeconds === 0 ? 'freed last' : 'longest free',
  }) as const;
