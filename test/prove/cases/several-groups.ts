import { GATE, INJECTED } from '../../../src/api/pod.ts';
import type { KubeObject } from '../../../src/kube/api.ts';
import { type Condition, KINDS } from '../../../src/local/cluster/objects.ts';
import { type App, objectsOf } from '../apps.ts';
import { preStopOf } from '../budget.ts';
import type { Part, ProofCase } from '../case.ts';
import { frontOf, noneLeaving, restart, served } from '../deeds.ts';
import { bindNlb, playBehindNlb, servedByNlb } from '../nlb.ts';
import { shop, withProblems } from '../play.ts';
import type { Stage } from '../stage.ts';
import type { History } from '../timeline.ts';
import type { ProofWorld } from '../world.ts';

const ALB = 'alb.ingress.kubernetes.io/';
/** Of both ALBs and of the NLB. */
const GROUPS = 3;

/**
 * Pods behind an ALB, another one on their second port, and an NLB, which here calls a target healthy only when every one of its nodes
 * knows it: the gate waits for the slowest, and the sleep is that of the longest lag. Every load balancer gets requests.
 */
async function manyGroups(stage: Stage): Promise<Part[]> {
  const world = await stage.open({ aws: { registrationEnds: 'everywhere' } });
  const ports = ['http', 'second'].map((name, index) => ({ name, containerPort: 8_080 + index }));
  const app = shop({ container: { ports } });
  const objects = [...objectsOf(app), secondService(app), secondIngress(app)];
  const nlb = await bindNlb(world, app, objects);
  await world.kubectl.apply(...objects);
  await servedByNlb(world, app);
  const albs = await Promise.all(['web', 'second'].map((name) => frontOf(world, 'shop', name)));
  const problems = await wrongSleeps(world);
  const part = await playBehindNlb(world, [...nlb, ...albs.flat()], {
    name: 'two ALBs and an NLB',
    namespace: 'shop',
    act: async (mark) => {
      mark('restart');
      await restart(world, 'shop');
      mark('rolled out');
      await noneLeaving(world, 'shop');
      await served(world, 'shop', app.replicas);
      problems.push(...(await wrongSleeps(world)), ...(await earlyGates(world)));
    },
  });
  return [withProblems(part, problems)];
}

const listPods = ({ kube }: ProofWorld): Promise<KubeObject[]> => kube.list(KINDS.pod, { namespace: 'shop' });

/** Pods whose sleep is not the longest that one of their groups asks for. */
async function wrongSleeps(world: ProofWorld): Promise<string[]> {
  const wanted = String(preStopOf(world, 'network'));
  return (await listPods(world)).flatMap(({ metadata: { name, annotations } }) => {
    const sleep = annotations?.[INJECTED.preStopSeconds];
    return sleep === wanted ? [] : [`${name} sleeps ${sleep ?? 'not at all'}, and ${wanted} s are wanted`];
  });
}

/** Pods whose gate was open before all their groups had them healthy. */
async function earlyGates(world: ProofWorld): Promise<string[]> {
  const history = await world.aws.control<History>('targets/history');
  return (await listPods(world)).flatMap((pod) => {
    const healthy = healthySince(pod, history);
    const { name } = pod.metadata;
    if (healthy.length !== GROUPS) return [`${name} was healthy in ${healthy.length} of ${GROUPS} groups`];
    const early = Math.max(...healthy) - openedAt(pod);
    return early > 0 ? [`the gate of ${name} was open ${early} ms before every group had it healthy`] : [];
  });
}

/** When each of the groups had the pod healthy for the first time. */
function healthySince({ metadata, status }: KubeObject, history: History): number[] {
  const { podIP = '' } = status as { podIP?: string };
  const created = Date.parse(metadata.creationTimestamp ?? '');
  const ofPod = history.filter(({ target }) => target.startsWith(`${podIP}:`));
  return ofPod.flatMap(({ states }) => states.find(({ at, state }) => state === 'healthy' && at >= created)?.at ?? []);
}

/** At the latest: conditions tell whole seconds. */
function openedAt({ status }: KubeObject): number {
  const { conditions = [] } = status as { conditions?: Condition[] };
  const open = conditions.find(({ type, status: is }) => type === GATE && is === 'True');
  return Date.parse(open?.lastTransitionTime ?? '') + 999;
}

const secondService = ({ namespace }: App) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'second', namespace },
  spec: { selector: { app: 'web' }, ports: [{ name: 'second', port: 80, targetPort: 'second' }] },
});

const secondIngress = ({ namespace }: App) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: 'second',
    namespace,
    annotations: { [`${ALB}scheme`]: 'internet-facing', [`${ALB}healthcheck-interval-seconds`]: '20' },
  },
  spec: {
    ingressClassName: namespace,
    defaultBackend: { service: { name: 'second', port: { number: 80 } } },
  },
});

export const SEVERAL_GROUPS: ProofCase[] = [
  { case: 18, name: 'pods in three groups, one slow (ALB, second port, NLB)', control: 'no gate', run: manyGroups },
];
