import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

export type Kubectl = {
  /** Runs it to the end and answers with its output; a failure throws with what it wrote. */
  (...args: string[]): Promise<string>;
  /** `kubectl apply` of manifests. */
  apply(...objects: object[]): Promise<string>;
  json<T>(...args: string[]): Promise<T>;
  /** Runs it for as long as it takes. */
  slowly(...args: string[]): Promise<string>;
  /** `kubectl create --raw` of one object. */
  raw(path: string, object: object): Promise<string>;
};

const run = promisify(execFile);
const LIMIT_MS = 60_000;
const LONG_MS = 1_800_000;

export function kubectlWith(file: string, kubeconfig: string): Kubectl {
  const global = ['--kubeconfig', kubeconfig];
  const kubectl = async (...args: string[]): Promise<string> =>
    (await run(file, [...global, ...args], { timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024 })).stdout;
  const apply = (...objects: object[]): Promise<string> =>
    withInput(
      file,
      [...global, 'apply', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    );
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await kubectl(...args, '-o', 'json')) as T;
  const slowly = async (...args: string[]): Promise<string> =>
    (await run(file, [...global, ...args], { timeout: LONG_MS })).stdout;
  const raw = (path: string, object: object): Promise<string> =>
    withInput(file, [...global, 'create', '--raw', path, '-f', '-'], JSON.stringify(object));
  return Object.assign(kubectl, { apply, json, slowly, raw });
}

function withInput(file: string, args: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { timeout: LIMIT_MS });
    let output = '';
    let trouble = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (trouble += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`${args.join(' ')}: ${trouble}`))));
    child.stdin.end(input);
  });
}
