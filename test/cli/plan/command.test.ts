import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mutates } from '../../../src/aws/fence.ts';
import { command } from '../../../src/cli/plan.ts';
import { startFront, type Front } from '../doctor/front.ts';
import { type RunningLocalAws, startLocalAws } from '../../../src/local/aws/server.ts';
import { type LocalApiServer, startLocalApiServer } from '../../../src/local/cluster/api/server.ts';
import { applyObjects } from '../../../src/local/manifests.ts';
import type { NewObject } from '../../../src/kube/api.ts';
import { ingressClass } from '../../scenarios/world.ts';
import { folderOf, WEB } from './plan-world.ts';
import { writeFile } from 'node:fs/promises';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'reader', AWS_SECRET_ACCESS_KEY: 'reader', AWS_EC2_METADATA_DISABLED: 'true' };

const namespace = (name: string): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

describe('R17: the command, over HTTP', { timeout: 60_000 }, () => {
  let environment: NodeJS.ProcessEnv;
  let aws: RunningLocalAws;
  let server: LocalApiServer;
  let front: Front;

  beforeAll(async () => {
    environment = { ...process.env };
    Object.assign(process.env, CREDENTIALS, { HOME: '/nonexistent' });
    [aws, server] = await Promise.all([startLocalAws(), startLocalApiServer()]);
    front = await startFront(server.url);
    for (const name of ['kube-system', 'shop'])
      await applyObjects(server.api, [namespace(name) as NewObject]).catch(() => undefined);
    const config = `apiVersion: podwire.dev/v1alpha1\nkind: ControllerConfiguration\nclusterName: local\nregion: eu-central-1\nvpcId: ${aws.aws.settings.vpcId}\nawsEndpointUrl: ${aws.url}\n`;
    await applyObjects(server.api, [
      ingressClass('podwire', 'podwire.dev/alb') as NewObject,
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'podwire', namespace: 'kube-system', labels: { 'app.kubernetes.io/name': 'podwire' } },
        data: { 'config.yaml': config },
      },
    ]);
  });

  afterAll(async () => {
    Object.assign(process.env, environment);
    await Promise.all([aws.close(), server.close(), front.close()]);
  });

  async function run(...args: string[]): Promise<{ code: number; out: string; told: string }> {
    const folder = await folderOf();
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, server.kubeconfig().replaceAll(server.url, front.url));
    const [out, told]: [string[], string[]] = [[], []];
    const code = await command.run([...args, '--kubeconfig', kubeconfig], {
      env: {},
      out: (line) => void out.push(line),
      tell: (line) => void told.push(line),
      signal: new AbortController().signal,
    });
    return { code, out: out.join('\n'), told: told.join('\n') };
  }

  test('takes the settings of the release, plans, and asks neither API to change anything', async () => {
    const folder = await folderOf(WEB.service, WEB.ingress());
    expect(await run('-f', folder, '-n', 'shop')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^8 steps in 1/m),
    });
    expect(await run()).toEqual({ code: 0, out: 'No changes.', told: '' });
    const actions = Object.keys(aws.aws.calls.counts());
    const changing = actions.filter((action) => mutates(`${action.charAt(0).toLowerCase()}${action.slice(1)}`));
    expect(actions).toContain('DescribeLoadBalancers');
    expect([front.writes, changing]).toEqual([[], []]);
  });

  test('records what another one plans from, with neither of them there', async () => {
    const file = join(await folderOf(), 'state.json');
    expect(await run('--record', file)).toMatchObject({ code: 0 });
    const before = aws.aws.calls.latest().length;
    const offline = await run(
      '--state',
      file,
      '--offline',
      '-n',
      'shop',
      '-f',
      await folderOf(WEB.service, WEB.ingress()),
    );
    expect(offline).toMatchObject({ code: 1, out: expect.stringMatching(/^8 steps in 1/m) });
    expect(aws.aws.calls.latest()).toHaveLength(before);
    await rm(file);
  });

  test('without credentials it says so, and not that something would change', async () => {
    for (const name of Object.keys(CREDENTIALS).slice(0, 2)) delete process.env[name];
    const { code, told } = await run();
    Object.assign(process.env, CREDENTIALS);
    expect([code, told]).toEqual([2, expect.stringMatching(/credentials/i)]);
    expect(told).not.toMatch(/\n\s+at /);
  });

  test('where the API server does not let it read it says what', async () => {
    front.lies = { rights: [], reads: true };
    const { code, told } = await run('--cluster-name', 'local', '--region', 'eu-central-1', '--vpc-id', 'vpc-1');
    front.lies = {};
    expect([code, told]).toEqual([2, expect.stringMatching(/cannot (get|list) /)]);
  });
});
