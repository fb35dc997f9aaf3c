import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { freePorts } from '../../src/local/free-port.ts';
import { type Local, startLocal } from '../../src/local/local.ts';
import { SETTINGS } from '../../src/local/aws/settings.ts';
import { permitOperator } from '../../src/local/operator-rights.ts';
import { LOG_KEYS } from '../../src/log/keys.ts';
import { NODE_FLAGS } from '../../src/node-flags.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';

/** Secrets that the operator is given. Its token for the API server, and the key of its webhook, are others. */
const SECRETS = {
  AWS_SECRET_ACCESS_KEY: 'SeededAwsSecretKey0123456789abcdef',
  AWS_SESSION_TOKEN: 'SeededAwsSessionTokenFwoGZXIvYXdzE',
};
let token: string;

let dir: string;
let local: Local;
let operator: ChildProcess;
let log = '';
let url: string;

const until = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  for (let left = 600; left > 0 && !(await what()); left--) await clock.sleep(50);
  if (!(await what())) throw new Error(`it did not happen:\n${log.slice(-4_000)}`);
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'podwire-run-'));
  local = await startLocal({ dir, tell: () => undefined });
  await local.operator.stop();
  const { kubeconfigPath: kubeconfig } = local.cluster;
  token = /"?token"?: "?([^"\s]+)/.exec(await readFile(kubeconfig, 'utf8'))?.[1] ?? '';
  const [metrics = 0, webhook = 0] = await freePorts(2);
  url = `http://127.0.0.1:${metrics}`;
  const credentials = await permitOperator(local.aws.url, SETTINGS.clusterName.value);
  const flags = {
    kubeconfig,
    'aws-endpoint-url': local.aws.url,
    'cluster-name': SETTINGS.clusterName.value,
    region: SETTINGS.region.value,
    'vpc-id': SETTINGS.vpcId.value,
    'metrics-address': `127.0.0.1:${metrics}`,
    'webhook-address': `127.0.0.1:${webhook}`,
    inject: 'webhook',
    'log-level': 'trace',
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  operator = spawn(process.execPath, [...NODE_FLAGS, 'src/main.ts', 'run', ...args], {
    env: { ...process.env, ...credentials, ...SECRETS },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [operator.stdout, operator.stderr])
    stream?.on('data', (piece: Buffer) => void (log += piece.toString()));
  await until(() => log.includes('"msg":"running"'));
});
afterAll(async () => {
  operator?.kill('SIGKILL');
  await local?.stop();
  await rm(dir, { recursive: true, force: true });
});

type Line = Record<string, unknown> & { msg: string; level: string };
const lines = (): Line[] => log.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []));

const SHOP = {
  metadata: { name: 'shop', namespace: 'default' },
  spec: {
    ingressClassName: 'podwire',
    defaultBackend: { service: { name: 'gone', port: { number: 80 } } },
  },
};

test('R9: the checks are served by the process, and a clock, watches and credentials are among them', async () => {
  const livez = await fetch(`${url}/livez?verbose`);
  expect([livez.status, await livez.text()]).toEqual([
    200,
    '[+]ping ok\n[+]event-loop ok\n[+]lease ok\n[+]watches ok\n[+]clock ok\nlivez check passed\n',
  ]);
  const readyz = await fetch(`${url}/readyz?verbose`);
  expect(await readyz.text()).toContain('[+]aws-credentials ok\n');
  expect(readyz.status).toBe(200);
});

test('R2: no secret is in the log, at any level, and every key is one of the table', async () => {
  await local.kube.create(RESOURCES.ingressClass, {
    metadata: { name: 'podwire' },
    spec: { controller: 'podwire.dev/alb' },
  });
  await local.kube.create(RESOURCES.ingress, SHOP);
  await until(() => lines().some(({ msg, awsRequestId }) => msg === 'aws call' && awsRequestId !== undefined));
  const key = { namespace: 'podwire-system', name: 'podwire-webhook' };
  const secret = async () => (await local.kube.get(RESOURCES.secret, key))?.data as Record<string, string> | undefined;
  await until(async () => (await secret())?.['tls.key'] !== undefined);
  const encoded = (await secret())?.['tls.key'] ?? '';
  const [, middle = ''] = Buffer.from(encoded, 'base64').toString().split('\n');
  const hidden = [...Object.values(SECRETS), token, encoded.slice(0, 80), middle, 'PRIVATE KEY'];
  expect(hidden.filter((one) => one.length < 10)).toEqual([]);
  expect(hidden.filter((one) => log.includes(one))).toEqual([]);
  const unknown = lines().flatMap((line) => Object.keys(line).filter((one) => !(one in LOG_KEYS)));
  expect([...new Set(unknown)]).toEqual([]);
});

test('R2: all lines of a pass have its id, the calls to AWS among them', async () => {
  const calls = lines().filter(({ msg, controller }) => msg === 'aws call' && controller === 'load-balancers');
  expect(calls.length).toBeGreaterThan(0);
  for (const { reconcileID, time, name } of calls) {
    expect(reconcileID).toMatch(/^[0-9a-f-]{36}$/);
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(name).not.toBe('');
  }
});

test('R2: and the generation of its object, once there is one', async () => {
  const body = { metadata: { annotations: { 'alb.ingress.kubernetes.io/tags': 'team=shop' } } };
  await local.kube.patch(RESOURCES.ingress, SHOP.metadata, { type: 'merge', body });
  await until(() =>
    lines().some(({ controller, generation }) => controller === 'load-balancers' && typeof generation === 'number'),
  );
});

test('R2: the level changes while the process runs: by a signal, and by a request', async () => {
  const levels = async () => (await (await fetch(`${url}/loglevel`)).json()) as Record<string, string>;
  const set = (level: string) => fetch(`${url}/loglevel`, { method: 'PUT', body: level });
  expect((await set('warn')).status).toBe(200);
  expect(new Set(Object.values(await levels()))).toEqual(new Set(['warn']));
  operator.kill('SIGUSR2');
  await until(async () => (await levels()).aws === 'debug');
  operator.kill('SIGUSR2');
  await until(async () => (await levels()).aws === 'warn');
});

test('R12: metrics of the process, its controllers and its calls are served', async () => {
  const text = await (await fetch(`${url}/metrics`)).text();
  for (const line of [
    /^podwire_leader 1$/m,
    /^leader_election_master_status\{name="podwire"\} 1$/m,
    /^rest_client_requests_total\{code="200",method="GET",host="127\.[\d.]+:\d+"\} \d+$/m,
    /^controller_runtime_reconcile_total\{controller="[\w-]+",result="\w+"\} \d+$/m,
    /^aws_api_calls_total\{service="E[^"]+",operation="Describe\w+",status_code="200",error_code=""\} \d+$/m,
    /^podwire_check\{endpoint="readyz",name="caches"\} 1$/m,
    /^podwire_watch_silence_seconds\{kind="Ingress"\} [\d.]+$/m,
    /^nodejs_heap_size_used_bytes \d+$/m,
  ])
    expect(
      text.match(line)?.[0] ??
        `nothing like ${line.source} in ${text
          .split('\n')
          .filter((one) => one.startsWith(line.source.slice(1, 20)))
          .join('\n')}`,
    ).toMatch(line);
});

test('R11: told to stop, the process ends with 0 and has given the lease away', async () => {
  const ended = once(operator, 'exit');
  operator.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  const lease = await local.kube.get(RESOURCES.lease, { namespace: 'kube-system', name: 'podwire' });
  const { holderIdentity = '' } = (lease?.spec ?? {}) as { holderIdentity?: string };
  expect({ there: lease !== undefined, holderIdentity }).toEqual({ there: true, holderIdentity: '' });
});
