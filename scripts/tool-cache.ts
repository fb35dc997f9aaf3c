import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Pinned: what `npm run tools` fetches or builds. Another version is another folder of the cache, for what has it and nothing else. */
const VERSIONS = { kubernetes: '1.36.3', etcd: '3.6.7', moto: '5.2.5', helm3: '3.22.0', helm4: '4.3.1' };

/** Each tool, whose version it has, and where it lies in the folder of that version. */
export const TOOLS = {
  etcd: { of: 'etcd', file: 'bin/etcd' },
  'kube-apiserver': { of: 'kubernetes', file: 'bin/kube-apiserver' },
  'kube-controller-manager': { of: 'kubernetes', file: 'bin/kube-controller-manager' },
  kubectl: { of: 'kubernetes', file: 'bin/kubectl' },
  /** The Python of a virtual environment that holds moto: `moto-python -m moto.server -H 127.0.0.1 -p PORT`. */
  moto: { of: 'moto', file: 'moto/bin/python' },
  helm3: { of: 'helm3', file: 'bin/helm' },
  helm4: { of: 'helm4', file: 'bin/helm' },
} as const satisfies Record<string, { of: keyof typeof VERSIONS; file: string }>;

export type ToolName = keyof typeof TOOLS;
export const TOOL_NAMES = Object.keys(TOOLS) as ToolName[];
export const CONTROL_PLANE_TOOLS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
export const HELM_TOOLS = ['helm3', 'helm4'] as const;

type Env = Record<string, string | undefined>;

/** The versions in use: a kube-apiserver in `KUBEBUILDER_ASSETS` decides the version of what that folder lacks. */
export function toolVersions(env: Env = process.env): Record<keyof typeof VERSIONS, string> {
  const given = assetFile('kube-apiserver', env);
  return given === undefined ? VERSIONS : { ...VERSIONS, kubernetes: versionOf(given) };
}

/** Where tools are kept between runs: `PODWIRE_TOOLS`, or a folder of the user's cache. */
export function toolFolder(env: Env = process.env): string {
  return env.PODWIRE_TOOLS || join(cacheFolder(env), 'tools');
}

/** The folder of one tool's version. */
export const versionFolder = (name: ToolName, env: Env = process.env): string =>
  join(toolFolder(env), `${TOOLS[name].of}-${toolVersions(env)[TOOLS[name].of]}`);

/** Where a tool of the same version lay while one folder held those of all versions; undefined for one that never did. */
export function earlierPlace(name: ToolName, env: Env = process.env): string | undefined {
  if (env.PODWIRE_TOOLS || TOOLS[name].of.startsWith('helm')) return undefined;
  const { kubernetes, etcd, moto } = toolVersions(env);
  const hash = createHash('sha256').update(JSON.stringify({ kubernetes, etcd, moto })).digest('hex').slice(0, 10);
  return join(cacheFolder(env), `tools-${hash}`, TOOLS[name].file);
}

const cacheFolder = (env: Env): string => join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'podwire');

/** A tool that is on this machine, or the one line that says why not and how to get it. */
export function findTool(name: ToolName, env: Env = process.env): { path: string } | { missing: string } {
  const given = assetFile(name, env);
  if (given !== undefined) return { path: given };
  const path = join(versionFolder(name, env), TOOLS[name].file);
  if (existsSync(path)) return { path };
  return { missing: `${name} is not on this machine ("npm run tools" gets it)` };
}

/** The paths of all the tools named, or the first line that says what is missing. */
export function findTools<Name extends ToolName>(
  names: readonly Name[],
  env: Env = process.env,
): { paths: Record<Name, string> } | { missing: string } {
  const paths: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const found = findTool(name, env);
    if ('missing' in found) return found;
    paths[name] = found.path;
  }
  return { paths: paths as Record<Name, string> };
}

function assetFile(name: ToolName, env: Env): string | undefined {
  if (!env.KUBEBUILDER_ASSETS || name === 'moto') return undefined;
  const path = join(env.KUBEBUILDER_ASSETS, name);
  return existsSync(path) ? path : undefined;
}

const versionsAsked = new Map<string, string>(); // path -> version, since asking starts the program

function versionOf(apiServer: string): string {
  const known = versionsAsked.get(apiServer) ?? askVersion(apiServer);
  versionsAsked.set(apiServer, known);
  return known;
}

function askVersion(apiServer: string): string {
  const answer = execFileSync(apiServer, ['--version'], { encoding: 'utf8' });
  const version = /v(\d+\.\d+\.\d+)/.exec(answer)?.[1];
  if (version === undefined)
    throw new Error(`${apiServer} --version: wanted "Kubernetes v1.x.y", got "${answer.trim()}"`);
  return version;
}
