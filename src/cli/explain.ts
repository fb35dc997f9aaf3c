import { parseArgs } from 'node:util';
import { DRAIN_LINES, DRAIN_SINCE } from '../api/pod.ts';
import { type Kept, PROJECTIONS } from '../cluster/project.ts';
import { Denied, Gone, Invalid } from '../errors.ts';
import { findAccess } from '../kube/access.ts';
import type { KubeApi } from '../kube/api.ts';
import { kubeClient } from '../kube/client.ts';
import { RESOURCES } from '../kube/resources.ts';
import { Transport } from '../kube/transport.ts';
import { readLines, type ServiceLine } from '../model/drain/lines.ts';
import { type Explanation, explainPod, tellExplanation } from '../model/explain/pod.ts';
import { nearest } from '../nearest.ts';
import { realClock as clock } from '../runtime/clock.ts';
import type { Command, Terminal } from './command.ts';

const OPTIONS = {
  namespace: { type: 'string', short: 'n' },
  output: { type: 'string', short: 'o' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
} as const;

export const command: Command = {
  summary: 'Explains why a pod serves or does not, and how safely it will leave.',
  usage: 'podwire explain pod/NAME [-n NAMESPACE] [--output json] [--kubeconfig FILE] [--context NAME]',
  async run(args, terminal) {
    const { name, output, ...given } = readArguments(args);
    const access = await findAccess({ env: terminal.env, clock, ...given });
    const namespace = given.namespace ?? access.namespace ?? 'default';
    const transport = new Transport(access, { clock, userAgent: 'podwire' });
    const kube = kubeClient({ transport, clock, onTrouble: () => undefined });
    tell(await explain(kube, { namespace, name }), output, terminal);
    return 0;
  },
};

type Arguments = { name: string; output?: string; namespace?: string; kubeconfig?: string; context?: string };

/** Throws Invalid with one sentence for whatever cannot be understood. */
function readArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args);
  const [what = '', ...rest] = positionals;
  const name = /^(?:pods?|po)\/(.+)$/.exec(what)?.[1];
  if (name === undefined || rest.length > 0)
    throw new Invalid(
      'explain',
      `wanted pod/NAME, given ${positionals.length === 0 ? 'nothing' : positionals.join(' ')}`,
    );
  if (values.output !== undefined && values.output !== 'json')
    throw new Invalid('--output', `wanted json, given ${values.output}`);
  return { name, ...values };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Invalid('explain', (error as Error).message, { cause: error });
  }
}

function tell(explanation: Explanation, output: string | undefined, { out }: Terminal): void {
  if (output === 'json') return out(JSON.stringify(explanation, undefined, 2));
  for (const line of tellExplanation(explanation)) out(line);
}

type Key = { namespace: string; name: string };

/** Reads the pod and what decides about it, and explains it. Throws Invalid, with the nearest name, where there is no such pod. */
export async function explain(kube: Pick<KubeApi, 'get' | 'list'>, key: Key): Promise<Explanation> {
  const { namespace, name } = key;
  const list = <K extends Listed>(kind: K): Promise<Kept[K][]> => listKept(kube, kind, namespace);
  const [pods, services, groups, slices, lines] = await Promise.all([
    list('pod'),
    list('service'),
    list('targetGroup'),
    list('endpointSlice'),
    readDrainLines(kube, namespace),
  ]);
  const pod =
    pods.find((one) => one.name === name) ??
    unknownPod(
      key,
      pods.map((one) => one.name),
    );
  return explainPod({ pod, services, groups, slices, nodes: [], lines });
}

type Listed = 'pod' | 'service' | 'targetGroup' | 'endpointSlice';

/** Objects of a kind, none where the API server does not know the kind; one that cannot be read is left out. */
async function listKept<K extends Listed>(kube: Pick<KubeApi, 'list'>, kind: K, namespace: string): Promise<Kept[K][]> {
  const objects = await kube.list(RESOURCES[kind], { namespace }).catch((error: unknown) => {
    if (error instanceof Gone) return [];
    throw error;
  });
  return objects.flatMap((object) => {
    try {
      return [PROJECTIONS[kind](object) as Kept[K]];
    } catch (error) {
      if (error instanceof Invalid) return [];
      throw error;
    }
  });
}

function unknownPod({ namespace, name }: Key, names: string[]): never {
  const near = nearest(name, names);
  throw new Invalid(
    `pod ${namespace}/${name}`,
    `there is none of that name${near === undefined ? '' : `; did you mean pod/${near}?`}`,
  );
}

/** Who may not read the ConfigMap sees everything else. */
async function readDrainLines(
  kube: Pick<KubeApi, 'get'>,
  namespace: string,
): Promise<ReadonlyMap<string, ServiceLine>> {
  const object = await kube.get(RESOURCES.configMap, { namespace, name: DRAIN_LINES }).catch((error: unknown) => {
    if (error instanceof Denied) return undefined;
    throw error;
  });
  const data = (object?.['data'] as Record<string, string> | undefined) ?? {};
  return readLines(data, object?.metadata.annotations?.[DRAIN_SINCE], new Date(clock.now()).toISOString());
}
