import type { Part, ProofCase } from '../case.ts';
import { pass, served, targetsIn } from '../deeds.ts';
import { play, shop, withProblems } from '../play.ts';
import type { Stage } from '../stage.ts';
import { neverChecked } from './unused-targets.ts';

const ALB = 'alb.ingress.kubernetes.io/';

/** Every readiness probe fails for 30 s though the apps answer: what would be lost by deregistering them all is the proof. */
async function allUnready(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const app = shop({ replicas: 4, ingress: { [`${ALB}healthcheck-path`]: '/alive' } });
  const problems: string[] = [];
  const part = await play(world, app, {
    name: 'unready for 30 s',
    act: async (mark) => {
      await world.kubectl('annotate', 'pods', '-n', 'shop', '--all', 'local.podwire.dev/ready=false');
      mark('not ready');
      await pass(world, 30);
      const registered = (await targetsIn(world, 'shop')).filter(({ state }) => state !== 'draining').length;
      if (registered < app.replicas / 2) problems.push(`only ${registered} of ${app.replicas} pods are registered`);
      await world.kubectl('annotate', 'pods', '-n', 'shop', '--all', '--overwrite', 'local.podwire.dev/ready=true');
      mark('ready again');
      await served(world, 'shop', app.replicas);
    },
  });
  return [withProblems(part, problems)];
}

export const GATES: ProofCase[] = [
  {
    case: 19,
    name: 'group in no listener, zone not enabled (no ip target group can do without health checks)',
    control: 'no gate',
    run: neverChecked,
  },
  { case: 21, name: 'every readiness probe fails for 30 s', control: 'no sleep', run: allUnready },
];
