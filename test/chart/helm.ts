import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { findTool, type HELM_TOOLS } from '../../scripts/tool-cache.ts';

const run = promisify(execFile);
const LIMIT_MS = 120_000;
const CHART = 'charts/podwire';
/** What has no default. */
const REQUIRED = ['clusterName=demo', 'region=eu-west-1', 'vpcId=vpc-0123456789abcdef0'];

export type HelmName = (typeof HELM_TOOLS)[number];

/** Any object of a rendered chart. */
export type Rendered = {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- what a kind has besides is the matter of the test that looks
  [field: string]: any;
};

export type Values = readonly string[];

export class HelmFailed extends Error {}

/** Runs one of the two Helms to the end and answers with what it printed; HelmFailed has what it complained of. */
export async function helm(name: HelmName, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const found = findTool(name);
  if ('missing' in found) throw new Error(found.missing);
  const options = { timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, ...env } };
  const { stdout } = await run(found.path, args, options).catch(
    (error: { stdout?: string; stderr?: string; message: string }) => {
      // What it prints of a hook that failed is on standard output.
      throw new HelmFailed(`${error.stdout ?? ''}${error.stderr || error.message}`);
    },
  );
  return stdout;
}

/** `--set` for each value, those that have no default included. */
export const settings = (values: Values): string[] => [...REQUIRED, ...values].flatMap((one) => ['--set', one]);

/** The text that `helm template` prints. `flags` such as `--kube-version`. */
export const renderText = (name: HelmName, values: Values = [], flags: readonly string[] = []): Promise<string> =>
  helm(name, ['template', 'podwire', CHART, '--namespace', 'podwire-system', ...settings(values), ...flags]);

/** The objects of it, hooks and tests too. */
export async function render(name: HelmName, values: Values = [], flags: readonly string[] = []): Promise<Rendered[]> {
  const documents = parseAllDocuments(await renderText(name, values, flags));
  return documents.flatMap((document) => {
    if (document.errors.length > 0) throw new Error(String(document.errors[0]));
    return (document.toJS() as Rendered | null) ?? [];
  });
}

/** The one object of a kind, by the end of its name where there are several. */
export function one(objects: readonly Rendered[], kind: string, ending = ''): Rendered {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name.endsWith(ending));
  if (found.length !== 1) throw new Error(`wanted one ${kind} …${ending}, got ${found.length}`);
  return found[0] as Rendered;
}

type PodSpec = {
  serviceAccountName: string;
  automountServiceAccountToken: boolean;
  hostNetwork?: boolean;
  securityContext: { runAsNonRoot: boolean; seccompProfile: { type: string } };
  containers: {
    name: string;
    image: string;
    args: string[];
    env?: { name: string; value?: string }[];
    envFrom?: object[];
    ports?: { name: string; containerPort: number }[];
    livenessProbe?: { httpGet: { path: string } };
    readinessProbe?: { httpGet: { path: string } };
    resources: { requests?: object; limits?: object };
    volumeMounts: { name: string; mountPath: string }[];
    securityContext: {
      allowPrivilegeEscalation: boolean;
      readOnlyRootFilesystem: boolean;
      capabilities: { drop: string[] };
    };
  }[];
  volumes: ({ name: string } & Record<string, unknown>)[];
};

/** The pods that the chart makes: of the Deployment, of the hook and of the test, by kind. */
export const podsOf = (objects: readonly Rendered[]): [string, PodSpec][] =>
  objects.flatMap((object): [string, PodSpec][] => {
    if (object.kind === 'Pod') return [[object.kind, object.spec as PodSpec]];
    const template = object.spec?.template?.spec as PodSpec | undefined;
    return template?.containers === undefined ? [] : [[object.kind, template]];
  });
