// Brings what comes from the network and is no npm package: a real control plane, kubectl, helm 3 and 4, and a moto server. Run again at will.
import { type ExecFileOptions, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  earlierPlace,
  findTool,
  TOOL_NAMES,
  TOOLS,
  type ToolName,
  toolFolder,
  toolVersions,
  versionFolder,
} from './tool-cache.ts';

const OLDEST_GO = 26; // Go 1.26, which Kubernetes 1.36 asks for
// What "helm template" takes for the cluster's version where there is none; Helm 4 takes it from its own client-go.
const HELM_TEMPLATE_MINOR = 36;
const run = promisify(execFile);
const LONG: ExecFileOptions = { maxBuffer: 64 * 1024 * 1024 };
const folder = toolFolder();
const versions = toolVersions();

/** A cause the reader can do something about; printed without a stack. */
class Missing extends Error {}

let goChecked: Promise<void> | undefined;
let failed = 0;
for (const name of TOOL_NAMES) {
  try {
    console.log(`${name.padEnd(24)}${versions[TOOLS[name].of].padEnd(9)}${await bring(name)}`);
  } catch (error) {
    failed++;
    console.error(`${name.padEnd(24)}${versions[TOOLS[name].of].padEnd(9)}not had: ${reasonOf(error)}`);
  }
}
console.log(failed === 0 ? `all in ${folder}` : `${failed} of ${TOOL_NAMES.length} tools could not be had`);
process.exitCode = failed === 0 ? 0 : 1;

async function bring(name: ToolName): Promise<string> {
  const found = findTool(name);
  if ('path' in found) return `present  ${found.path}`;
  const started = Date.now();
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, `.making-${name}-`));
  const earlier = earlierPlace(name);
  const kept = earlier !== undefined && existsSync(earlier) ? earlier : undefined;
  try {
    const made = kept === undefined ? await make(name, work) : await copyTool({ name, from: kept, work });
    await moveIntoPlace(made, join(versionFolder(name), wholeOf(name)));
  } finally {
    await removeAll(work);
  }
  return `${kept === undefined ? 'built' : 'copied'} in ${Math.round((Date.now() - started) / 1000)} s`;
}

/** What is kept of a tool: its one file, or the folder at the head of its path. */
function wholeOf(name: ToolName): string {
  return name === 'moto' ? 'moto' : TOOLS[name].file;
}

async function copyTool({ name, from, work }: { name: ToolName; from: string; work: string }): Promise<string> {
  const whole = from.slice(0, from.length - TOOLS[name].file.length) + wholeOf(name);
  await cp(whole, join(work, 'copy'), { recursive: true, verbatimSymlinks: true });
  return join(work, 'copy');
}

/** Makes the tool in `work` and answers with the file or folder to keep. */
async function make(name: ToolName, work: string): Promise<string> {
  if (name === 'moto') return makeMoto(work);
  await (goChecked ??= checkGo());
  if (name === 'helm3' || name === 'helm4') return makeHelm(name, work);
  return name === 'etcd' ? makeEtcd(work) : makeKubernetes(name, work);
}

async function makeHelm(name: 'helm3' | 'helm4', work: string): Promise<string> {
  const version = versions[name];
  const module = `helm.sh/helm/v${version.split('.', 1)[0]}`;
  await writeModule(work, [`require ${module} v${version}`]);
  const minor = ['lint/rules', 'chartutil'].map(
    (part) => `-X ${module}/pkg/${part}.k8sVersionMinor=${HELM_TEMPLATE_MINOR}`,
  );
  const stamp = [`-X ${module}/internal/version.version=v${version}`, ...(name === 'helm3' ? minor : [])].join(' ');
  return goBuild(work, `${module}/cmd/helm`, { output: 'helm', ldflags: `-s -w ${stamp}` });
}

/** Kubernetes' own go.mod points at its staging folders, which the module zip lacks: each is a module of its own, v0.x.y for v1.x.y. */
async function makeKubernetes(name: ToolName, work: string): Promise<string> {
  const version = versions.kubernetes;
  const [, minor] = version.split('.');
  const { GoMod } = JSON.parse(await go(work, ['mod', 'download', '-json', `k8s.io/kubernetes@v${version}`])) as {
    GoMod: string;
  };
  const staging = [...(await readFile(GoMod, 'utf8')).matchAll(/(\S+) => \.\/staging\/src\//g)].map(([, path]) => path);
  const replaces = staging.map((path) => `replace ${path} => ${path} v0${version.slice(1)}`);
  await writeModule(work, [`require k8s.io/kubernetes v${version}`, ...replaces]);
  const set = (field: string, value: string) => `-X k8s.io/component-base/version.${field}=${value}`;
  const stamp = [set('gitVersion', `v${version}`), set('gitMajor', '1'), set('gitMinor', String(minor))].join(' ');
  return goBuild(work, `k8s.io/kubernetes/cmd/${name}`, { output: name, ldflags: `-s -w ${stamp}` });
}

async function makeEtcd(work: string): Promise<string> {
  await writeModule(work, [`require go.etcd.io/etcd/server/v3 v${versions.etcd}`]);
  return goBuild(work, 'go.etcd.io/etcd/server/v3', { output: 'etcd', ldflags: '-s -w' });
}

async function makeMoto(work: string): Promise<string> {
  const environment = join(work, 'moto');
  const python = process.env.PYTHON || 'python3';
  await run(python, ['-m', 'venv', environment]).catch((error: unknown) => {
    throw new Missing(
      `"${python} -m venv" failed (${lastLine(error)}): install Python 3.9 or newer with its venv module (Debian: apt-get install python3-venv), or name one in PYTHON`,
    );
  });
  const inside = join(environment, 'bin', 'python');
  await run(
    inside,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `moto[server]==${versions.moto}`],
    LONG,
  );
  await run(inside, ['-c', 'import moto.server'], LONG);
  return environment;
}

async function checkGo(): Promise<void> {
  const advice = `install Go 1.${OLDEST_GO} or newer (from Go's own download page: distributions often have an older one), or name a folder with etcd, kube-apiserver, kube-controller-manager and kubectl in KUBEBUILDER_ASSETS`;
  const { stdout } = await run('go', ['env', 'GOVERSION']).catch(() => {
    throw new Missing(`there is no "go" on the PATH: ${advice}`);
  });
  const minor = Number(/^go1\.(\d+)/.exec(stdout)?.[1]);
  if (!(minor >= OLDEST_GO)) throw new Missing(`"go" is ${stdout.trim()}: ${advice}`);
}

async function writeModule(work: string, lines: string[]): Promise<void> {
  await writeFile(join(work, 'go.mod'), ['module podwire.dev/tools', `go 1.${OLDEST_GO}`, ...lines, ''].join('\n'));
}

async function goBuild(work: string, path: string, options: { output: string; ldflags: string }): Promise<string> {
  const output = join(work, options.output);
  await go(work, ['build', '-mod=mod', '-o', output, '-ldflags', options.ldflags, path]);
  return output;
}

async function go(work: string, args: string[]): Promise<string> {
  const { stdout } = await run('go', args, { ...LONG, cwd: work, env: { ...process.env, GOWORK: 'off' } });
  return String(stdout);
}

/** Whole or not at all, also when two of us run at once: the second one's copy gives way to the first's. */
async function moveIntoPlace(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

async function removeAll(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

function reasonOf(error: unknown): string {
  return error instanceof Missing ? error.message : lastLine(error);
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string | Buffer; message: string };
  return (
    String(stderr ?? '')
      .trim()
      .split('\n')
      .at(-1) || message
  );
}
