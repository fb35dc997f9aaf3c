import { createAccount } from '../../aws/account.ts';
import type { Ec2Api, ElbApi } from '../../aws/api.ts';
import { Cluster } from '../../cluster/cluster.ts';
import type { Ingress } from '../../cluster/objects.ts';
import { type ClusterChange, Reflector } from '../../cluster/reflector.ts';
import { routeChange } from '../../cluster/routes.ts';
import { DryRun, type StackForecast } from '../../controllers/dry-run.ts';
import { Invalid } from '../../errors.ts';
import type { ClusterIdentity } from '../../model/tags.ts';
import { nearest } from '../../nearest.ts';
import type { Clock } from '../../runtime/clock.ts';
import { drainSettingsOf } from '../../settings/drain.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Asked } from './arguments.ts';
import { applyManifests, type Future, nameOf } from './future.ts';
import type { Manifests, Refusal } from './manifests.ts';
import { apiOf, KINDS, type Objects } from './objects.ts';

/** What a plan is made from. */
export type Sources = {
  objects: Objects;
  identity: ClusterIdentity;
  elb: ElbApi;
  ec2: Ec2Api;
  settings: Settings;
  clock: Clock;
};

export type Forecast = {
  stacks: StackForecast[];
  refused: Refusal[];
  /** Sentences about what is left out, and why. */
  notes: string[];
};

type Subject = Pick<Asked, 'ingresses' | 'prune'> & { namespace: string; manifests?: Manifests };

/** What the operator would do about what is asked for. Throws Invalid where there is no such Ingress. */
export async function forecast(subject: Subject, sources: Sources): Promise<Forecast> {
  const future = futureOf(subject, sources);
  const notes: string[] = [];
  const cluster = new Cluster();
  const dryRun = openDryRun(cluster, future, sources);
  const { controllerId } = sources.settings;
  takeObjects(cluster, sources.objects, { controllerId, onUnread: (note) => notes.push(note) });
  const touched = takeFuture(cluster, future, { controllerId, membership: dryRun.membership });
  const stacks = await stacksOf(subject, { cluster, dryRun, future, touched });
  const { refused, notes: told } = placeProblems(subject, { cluster, dryRun, future });
  return {
    stacks: await Promise.all(stacks.map((stack) => dryRun.forecast(stack))),
    refused: [...(subject.manifests?.refused ?? []), ...future.refused, ...refused],
    notes: [...notes, ...told],
  };
}

function futureOf({ manifests, namespace, prune }: Subject, { objects, clock }: Sources): Future {
  if (manifests === undefined) return { objects, named: [], refused: [] };
  const now = new Date(clock.now()).toISOString();
  return applyManifests(objects, manifests.manifests, { namespace, prune, now });
}

function openDryRun(cluster: Cluster, future: Future, { identity, elb, ec2, settings, clock }: Sources): DryRun {
  const { defaultScheme, defaultTargetType, defaultSslPolicy, defaultTags, routableCidrs, vpcId } = settings;
  const hysteresis = { awayMs: settings.fallbackAwaySeconds * 1_000, backMs: settings.fallbackBackSeconds * 1_000 };
  const drain = drainSettingsOf(settings);
  return new DryRun({
    controllerId: settings.controllerId,
    cluster,
    kube: apiOf(future.objects),
    account: createAccount({ elb, ec2, clock, cluster: identity, vpcId }),
    clock,
    settings: { defaultScheme, defaultTargetType, defaultSslPolicy, defaultTags, routableCidrs, drain },
    fallback: { hysteresis, defaultTargetType },
  });
}

/** Takes the objects as they are to be; returns the stacks that change with them. */
function takeFuture(
  cluster: Cluster,
  { objects }: Future,
  { controllerId, membership }: Pick<DryRun, 'membership'> & { controllerId: string },
): Set<string> {
  const touched = new Set<string>();
  const stackOf = (ingress: Ingress): string | undefined => membership.place(ingress).stack;
  const touch = (change: ClusterChange): void => {
    for (const stack of routeChange(change, { cluster, stackOf }).loadBalancers) touched.add(stack);
  };
  takeObjects(cluster, objects, {
    controllerId,
    onChange: (change) => {
      // An Ingress that moves touches the stack it leaves, and the one it comes to.
      touch(change);
      membership.invalidate('class');
      touch(change);
    },
  });
  return touched;
}

type Taking = { controllerId: string; onUnread?: (note: string) => void; onChange?: (change: ClusterChange) => void };

/** The stores take the objects as they take what a watch tells. */
function takeObjects(cluster: Cluster, objects: Objects, { controllerId, onUnread, onChange }: Taking): void {
  for (const kind of KINDS) {
    const options = {
      controllerId,
      cluster,
      kube: { watch: never },
      onChange: onChange ?? (() => undefined),
      onUnreadable: ({ namespace, name, error }: { namespace: string; name: string; error: unknown }) =>
        onUnread?.(`${nameOf({ kind, namespace, name })} cannot be read: ${(error as Error).message}`),
    };
    new Reflector(options, kind).take({ kind: 'replace', objects: objects[kind] });
  }
}

const never = (): never => {
  throw new Error('a plan watches nothing');
};

type Known = { cluster: Cluster; dryRun: DryRun; future: Future };

async function stacksOf(
  { ingresses, namespace, manifests }: Subject,
  { cluster, dryRun, future, touched }: Known & { touched: Set<string> },
): Promise<string[]> {
  if (ingresses.length > 0)
    return once(
      ingresses.flatMap((name) =>
        stacksAround(ingressNamed({ namespace, name }, cluster, future), { cluster, dryRun }),
      ),
    );
  if (manifests === undefined) return dryRun.stacks();
  const around = future.named.flatMap(({ kind, ...key }) => {
    if (kind === 'service')
      return cluster
        .ingressesOfService(key.namespace, key.name)
        .flatMap((one) => dryRun.membership.place(one).stack ?? []);
    const ingress = kind === 'ingress' ? cluster.ingress(key.namespace, key.name) : undefined;
    return ingress === undefined ? [] : stacksAround(ingress, { cluster, dryRun });
  });
  return once([...touched, ...around]);
}

const once = (stacks: string[]): string[] => [...new Set(stacks)].toSorted();

/** The stack of an Ingress, and those that serve it though it has left them. */
function stacksAround(ingress: Ingress, { cluster, dryRun }: Omit<Known, 'future'>): string[] {
  const serving = [...cluster.loadBalancers()].flatMap(({ spec, status }) =>
    status.members?.some(({ uid }) => uid === ingress.uid) ? [spec.stack] : [],
  );
  const { stack } = dryRun.membership.place(ingress);
  return stack === undefined ? serving : [...serving, stack];
}

function ingressNamed(
  { namespace, name }: { namespace: string; name: string },
  cluster: Cluster,
  future: Future,
): Ingress {
  const found = cluster.ingress(namespace, name);
  if (found !== undefined) return found;
  const near = nearest(
    name,
    cluster.ingressesOfNamespace(namespace).map((one) => one.name),
  );
  const others = future.objects.ingress.filter(({ metadata }) => metadata.name === name);
  const elsewhere =
    others.length === 0
      ? ''
      : `; there is one with ${others.map(({ metadata }) => `-n ${metadata.namespace}`).join(', ')}`;
  const hint = near === undefined ? elsewhere : `; did you mean ingress/${near}?${elsewhere}`;
  throw new Invalid(`ingress ${namespace}/${name}`, `there is none of that name${hint}`);
}

/** Of the Ingresses that are asked about those that are in no stack. */
function placeProblems(
  { ingresses, namespace }: Subject,
  { cluster, dryRun, future }: Known,
): Omit<Forecast, 'stacks'> {
  const named = [
    ...ingresses.map((name) => ({ namespace, name })),
    ...future.named.filter(({ kind }) => kind === 'ingress'),
  ];
  const said: Omit<Forecast, 'stacks'> = { refused: [], notes: [] };
  for (const key of named) {
    const ingress = cluster.ingress(key.namespace, key.name);
    if (ingress === undefined) continue;
    const object = `Ingress ${key.namespace}/${key.name}`;
    const { verdict, problem } = dryRun.membership.place(ingress);
    if (problem) said.refused.push({ object, reason: problem.reason, message: `${problem.field}: ${problem.message}` });
    else if (!verdict.ours) said.notes.push(`${object} is not served by Podwire: ${verdict.message}`);
  }
  return said;
}
