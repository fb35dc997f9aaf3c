import { NAMES } from '../../../src/admission/installation.ts';
import { HEALTH_CHECK, objectsOf } from '../apps.ts';
import { DRAIN } from '../budget.ts';
import type { Bound, Part, ProofCase } from '../case.ts';
import { pass, restart, served } from '../deeds.ts';
import { ALB_LAG } from '../lags.ts';
import { RATE } from '../load.ts';
import { play, playOn, rollOut, shop, withProblems } from '../play.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';

const UNTOLD = DRAIN.detect + ALB_LAG.max + HEALTH_CHECK;

/** Pods without a sleep end at once: each costs its share until the last node has learned of it. */
const unprotected = ({ scale }: Pick<ProofWorld, 'scale'>, pods: number): Bound => ({
  failed: Math.ceil((pods * UNTOLD * RATE * (1 / 3)) / scale.factor + RATE * 0.1 * 20),
  formula: `${pods} pods × (${DRAIN.detect} s + lag ${ALB_LAG.max} s + health check ${HEALTH_CHECK} s) × ${RATE}/s × 1/3, and what was under way`,
});

/** What injects goes away: pods that were protected stay so, the next ones are not, and the audit counts them. */
async function injectionGone(stage: Stage): Promise<Part[]> {
  const parts: Part[] = [];
  for (const injection of ['webhook', 'policy'] as const) {
    const world = await stage.open({ injection });
    const first = await play(world, shop(), {
      name: `${injection} gone: protected pods go`,
      act: async (mark) => {
        const [kind, name] =
          injection === 'policy'
            ? (['mutatingadmissionpolicybinding', `${NAMES.policy} ${NAMES.first}`] as const)
            : (['mutatingwebhookconfiguration', NAMES.webhook] as const);
        await world.kubectl('delete', kind, ...name.split(' '));
        await pass(world, 10);
        mark(`${injection} deleted`);
        await rollOut(world, shop())(mark);
      },
    });
    const problems = await unprotectedSaid(world, 3);
    const second = await playOn(world, shop(), {
      name: `${injection} gone: unprotected pods go`,
      bound: unprotected(world, 3),
      act: rollOut(world, shop()),
    });
    parts.push(withProblems(first, problems), second);
  }
  return parts;
}

type Condition = { type: string; status: string; message?: string };
type Conditions = { items: { status?: { conditions?: Condition[] } }[] };

/** The audit must say within half a minute exactly how many pods are not protected. */
async function unprotectedSaid(world: ProofWorld, pods: number): Promise<string[]> {
  let said: Condition[] = [];
  for (let seconds = 0; seconds < 30; seconds += 5) {
    await pass(world, 5);
    said = await saidOfBudgets(world);
    if (said.some(({ status, message = '' }) => status === 'False' && message.includes(`${pods} pods`))) return [];
  }
  return [`wanted a DrainBudget that counts ${pods} pods, given ${JSON.stringify(said)}`];
}

async function saidOfBudgets({ kubectl }: ProofWorld): Promise<Condition[]> {
  const { items } = await kubectl.json<Conditions>('get', 'targetgroups', '-n', 'shop');
  return items.flatMap(({ status }) => status?.conditions ?? []).filter(({ type }) => type === 'DrainBudget');
}

/** The budget grows during a rollout, a second Service selects the pods, and nothing is ever invalid. */
async function budgetGrows(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const app = shop();
  const part = await play(world, app, {
    name: '45 s to 90 s, and a second Service',
    act: async (mark) => {
      mark('restart');
      const rollout = restart(world, 'shop');
      const propagation = String(65 / stage.scale.factor);
      await world.kubectl(
        'annotate',
        'service',
        '-n',
        'shop',
        'web',
        `podwire.dev/drain-propagation-seconds=${propagation}`,
      );
      mark('budget 90 s');
      await rollout;
      await restart(world, 'shop');
      mark('rolled out');
    },
  });
  const wanted = String(Math.ceil(90 / stage.scale.factor));
  const slept = await world.kubectl(
    'get',
    'pods',
    '-n',
    'shop',
    '-o',
    'jsonpath={.items[*].spec.containers[0].lifecycle.preStop.sleep.seconds}',
  );
  const problems = slept.split(' ').every((seconds) => seconds === wanted)
    ? []
    : [`wanted a sleep of ${wanted} s, given ${slept}`];
  return [withProblems(part, problems)];
}

/** Pods that are older than their Service's drain line: the rollout that replaces them is not protected, the next one is. */
async function firstGeneration(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const app = shop({ labelled: false });
  const [deployment, ...others] = objectsOf(app).toSorted(deploymentFirst) as [object, ...object[]];
  await world.kubectl.apply(...others.filter(isNamespace), deployment);
  await pass(world, 20);
  await world.kubectl.apply(...others);
  await served(world, 'shop', app.replicas);
  const first = await playOn(world, app, {
    name: 'the rollout that replaces them',
    bound: unprotected(world, 3),
    act: rollOut(world, app),
  });
  const second = await playOn(world, app, { name: 'the next rollout', act: rollOut(world, app) });
  return [first, second];
}

const kindOf = (object: object): string => (object as { kind: string }).kind;
const isNamespace = (object: object): boolean => kindOf(object) === 'Namespace';
const deploymentFirst = (a: object, b: object): number =>
  Number(kindOf(b) === 'Deployment') - Number(kindOf(a) === 'Deployment');

export const INJECTED_CASES: ProofCase[] = [
  {
    case: 29,
    name: 'webhook down during a rollout; policy deleted',
    control: 'no sleep',
    short: true,
    run: injectionGone,
  },
  {
    case: 30,
    name: 'budget grows during a rollout, two Services select the pods',
    control: 'no sleep',
    run: budgetGrows,
  },
  { case: 38, name: 'first generation in an unlabelled namespace', control: 'no sleep', run: firstGeneration },
];
