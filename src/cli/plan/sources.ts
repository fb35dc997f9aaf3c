import { Budget } from '../../aws/budget.ts';
import { createEc2Api, createElbApi } from '../../aws/clients.ts';
import { Invalid } from '../../errors.ts';
import { readIdentity } from '../../kube/identity.ts';
import { inquiryOver } from '../../kube/inquiry.ts';
import { realClock as clock } from '../../runtime/clock.ts';
import { readSettings, type Settings } from '../../settings/settings.ts';
import { openCluster } from '../cluster.ts';
import type { Terminal } from '../command.ts';
import { findReleaseConfig } from '../doctor/release-config.ts';
import type { Asked } from './arguments.ts';
import type { Sources } from './forecast.ts';
import { readObjects } from './objects.ts';
import { apisOf, configOf, readState, recordState, type State, writeState } from './state.ts';

/** What the plan is made from, and the namespace of what names none. */
export type Found = { namespace: string; sources: Sources };

/** Reads the cluster, and finds AWS, or a state of both that was recorded. Throws Invalid, Denied, Gone or Retry where one cannot be read. */
export async function findSources(asked: Asked, terminal: Terminal): Promise<Found> {
  const state = asked.state === undefined ? undefined : await readState(asked.state);
  if (state !== undefined && asked.offline) return offline(asked, state, terminal);
  const { kube, inquiry, namespace } = await findCluster(asked, terminal);
  const other = state === undefined ? await findReleaseConfig(inquiry, undefined) : configOf(state, asked.state ?? '');
  const settings = settled(readSettings(asked.flags, terminal.env, other), other === undefined ? [NO_RELEASE] : []);
  const identity = await readIdentity(kube, settings);
  if (state !== undefined) checkCluster(asked, state, identity);
  const apis = state === undefined ? awsApis(settings) : apisOf(state, asked.state ?? '');
  const sources = { ...apis, objects: await readObjects(kube), identity, settings, clock };
  return { namespace, sources: asked.record === undefined ? sources : await recorded(asked.record, sources) };
}

function offline({ state: file = '', ...asked }: Asked, state: State, { env }: Terminal): Found {
  const settings = settled(readSettings(asked.flags, env, configOf(state, file)));
  const { objects, cluster: identity } = state;
  const sources = { ...apisOf(state, file), objects, identity, settings, clock };
  return { namespace: asked.namespace ?? 'default', sources };
}

/** A call that changes anything is never sent. */
const fence = (): never => {
  throw new Error('a plan changes nothing');
};

async function findCluster(asked: Asked, terminal: Terminal) {
  const manner = { userAgent: 'podwire-plan', limitMs: 30_000, fence };
  const { access, transport, kube } = await openCluster(asked, terminal, manner);
  const namespace = asked.namespace ?? access.namespace ?? 'default';
  return { kube, inquiry: inquiryOver(transport, kube), namespace };
}

const NO_RELEASE = 'the cluster has no ConfigMap of one release to read them from';

/** One line for each problem, and what else there is to know of them. */
function settled(read: ReturnType<typeof readSettings>, more: string[] = []): Settings {
  if (!('problems' in read)) return read.settings;
  throw new Invalid('plan', [...read.problems, ...more].join('\n'));
}

function checkCluster({ state: file = '' }: Asked, { cluster }: State, { name, uid }: Sources['identity']): void {
  if (cluster.name === name && cluster.uid === uid) return;
  throw new Invalid(file, `wanted a state of cluster ${name} (${uid}), given one of ${cluster.name} (${cluster.uid})`);
}

function awsApis({ region, awsEndpointUrl: endpoint }: Settings): Pick<Sources, 'elb' | 'ec2'> {
  const client = { region, fence, ...(endpoint !== undefined && { endpoint }) };
  const budget = new Budget({ clock });
  return { elb: budget.elb(createElbApi(client)), ec2: budget.ec2(createEc2Api(client)) };
}

/** The plan is then made from what was recorded, and so is the same that others make from it. */
async function recorded(file: string, sources: Sources): Promise<Sources> {
  const state = await recordState(sources);
  await writeState(file, state);
  return { ...sources, objects: state.objects, ...apisOf(state, file) };
}
