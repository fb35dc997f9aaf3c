import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { onTestFinished } from 'vitest';
import { Budget } from '../../../src/aws/budget.ts';
import { plan } from '../../../src/cli/plan.ts';
import { readArguments } from '../../../src/cli/plan/arguments.ts';
import type { Sources } from '../../../src/cli/plan/forecast.ts';
import { readObjects } from '../../../src/cli/plan/objects.ts';
import { type Report, tellReport } from '../../../src/cli/plan/report.ts';
import { readIdentity } from '../../../src/kube/identity.ts';
import { localEc2Api, localElbApi } from '../../../src/local/aws/in-memory.ts';
import { realClock } from '../../../src/runtime/clock.ts';
import { readSettings } from '../../../src/settings/settings.ts';
import { ingress, service, slice } from '../../scenarios/manifests.ts';
import { openWorld, type World } from '../../scenarios/world.ts';

const FLAGS = ['--cluster-name', 'local', '--region', 'eu-central-1', '--vpc-id', 'vpc-0a1b2c3d4e5f60718'];

export const WEB = {
  service: service({ name: 'web' }),
  slice: slice({ service: 'web', addresses: ['10.0.1.20', '10.0.2.20'] }),
  ingress: (annotations: Record<string, string> = {}) =>
    ingress({ name: 'shop', annotations, rules: [{ host: 'shop.example.com', service: 'web' }] }),
};

/** A world in which Ingress `shop` is served with two healthy targets. */
export async function servedShop(annotations: Record<string, string> = {}): Promise<World> {
  const world = await openWorld();
  await world.apply(WEB.service, WEB.slice, WEB.ingress(annotations));
  await world.start();
  await settle(world);
  return world;
}

/** Lets the operator do all that it will do. */
export const settle = (world: World): Promise<void> => world.advance(900_000);

/** What the plan is made from, in this world; `accessKey` has the rights of its policy. */
export async function sourcesOf(world: World, accessKey?: string): Promise<Sources> {
  const read = readSettings(FLAGS, {});
  if ('problems' in read) throw new Error(read.problems.join('; '));
  const budget = new Budget({ clock: realClock });
  return {
    objects: await readObjects(world.kube),
    identity: await readIdentity(world.kube, read.settings),
    elb: budget.elb(localElbApi(world.aws, accessKey)),
    ec2: budget.ec2(localEc2Api(world.aws, accessKey)),
    settings: read.settings,
    clock: world.clock,
  };
}

export async function planIn(world: World, words: string[] = [], sources?: Sources): Promise<Report> {
  const asked = readArguments(words);
  return plan({ ...asked, namespace: asked.namespace ?? 'shop' }, sources ?? (await sourcesOf(world)));
}

/** A folder with these objects, one file each; a text is a file as it is. */
export async function folderOf(...objects: (object | string)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'podwire-plan-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [index, object] of objects.entries())
    await writeFile(join(folder, `${index}.yaml`), typeof object === 'string' ? object : dump(object));
  return folder;
}

export const stepsOf = (report: Report): string[] =>
  report.stacks.flatMap(({ steps }) => steps.map(({ operation, impact }) => `${operation.do} [${impact}]`));

export const textOf = (report: Report): string => tellReport(report).join('\n');
