import { describe, expect, test } from 'vitest';
import { command } from '../../src/cli/explain.ts';
import { explainPodNow as explain } from '../../src/cli/explain/pod.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { type Explanation, tellExplanation } from '../../src/model/explain/pod.ts';
import { type DeploymentOptions, deployment, ingress, service } from '../scenarios/manifests.ts';
import { openWorld, type World } from '../scenarios/world.ts';

const MINUTE_MS = 60_000;
const NAMESPACE = { namespace: 'shop' };

async function open(...objects: object[]): Promise<World> {
  const world = await openWorld({ workloads: true });
  await world.apply(...objects);
  await world.start();
  await world.advance(MINUTE_MS);
  return world;
}

const shop = (annotations: Record<string, string> = {}): object =>
  ingress({ name: 'shop', annotations, rules: [{ service: 'web' }] });
const web = (more: Partial<DeploymentOptions> = {}): object =>
  deployment({ name: 'web', replicas: 1, preStopSeconds: 45, graceSeconds: 75, ...more });
const NO_GATE = { 'podwire.dev/drain-gate': 'false' };

async function names(world: World): Promise<string[]> {
  const pods = await world.kube.list(RESOURCES.pod, NAMESPACE);
  return pods.map(({ metadata }) => metadata.name);
}

async function explained(world: World): Promise<Explanation> {
  const [name = ''] = await names(world);
  return explain(world.kube, { ...NAMESPACE, name });
}

describe('explain', () => {
  test('a pod that serves', async () => {
    const world = await open(service({ name: 'web' }), web(), shop(NO_GATE));
    const explanation = await explained(world);
    expect(explanation).toMatchObject({
      verdict: 'serves',
      services: ['web'],
      groups: [{ service: 'web', targetType: 'ip', target: true, need: 45, troubles: [] }],
      gate: { state: 'none' },
      drain: { serves: 45, grace: 75 },
      lines: [{ service: 'web', line: 'v1;45;false;preserve;app=web' }],
    });
    const told = tellExplanation(explanation);
    expect(told[0]).toBe('serves');
    expect(told.join('\n')).toMatch(/^group {4}pw-shop-web-\w+ of Service web \(ip\): target 10\.0\.\d+\.\d+:8080$/m);
    expect(told.join('\n')).toMatch(/^drain {4}serves 45 s after its deletion, of 75 s grace; nothing injected$/m);
  });

  test('a pod whose preStop is too short, or that has no gate', async () => {
    const world = await open(service({ name: 'web' }), web({ preStopSeconds: 10 }), shop());
    expect((await explained(world)).verdict).toBe(
      'serves, and may lose requests when it goes: need 45, container web has preStop sleep 10',
    );
    const other = await open(service({ name: 'web' }), web(), shop());
    expect((await explained(other)).groups[0]?.lack).toMatchObject({ reason: 'OlderThanLine' });
    expect((await explained(other)).verdict).toMatch(/older than the drain line; the next rollout replaces it$/);
  });

  test('a pod that no Service selects, and one whose Service has no target group', async () => {
    const world = await open(service({ name: 'api' }), web());
    expect((await explained(world)).verdict).toBe('is no target: no Service of its namespace selects it');
    await world.apply(service({ name: 'web' }));
    expect((await explained(world)).verdict).toBe('is no target: no target group belongs to Service web');
  });

  test('a pod that is leaving, with its deadlines', async () => {
    const world = await open(service({ name: 'web' }), web(), shop(NO_GATE));
    const [name = ''] = await names(world);
    await world.kube.delete(RESOURCES.pod, { ...NAMESPACE, name });
    await world.advance(1_000);
    const explanation = await explain(world.kube, { ...NAMESPACE, name });
    expect(explanation.verdict).toMatch(/^is leaving: deleted at .*, SIGTERM at /);
    const { deletedAt = '', sigtermAt = '', endsAt = '' } = explanation.leaving ?? {};
    const [group] = explanation.groups;
    const after = (time: string | undefined): number => (Date.parse(time ?? '') - Date.parse(deletedAt)) / 1_000;
    expect([sigtermAt, endsAt, group?.deregisteredFrom, group?.deregisteredBy].map(after)).toEqual([45, 75, 2, 22]);
    expect(tellExplanation(explanation).join('\n')).toMatch(/to be deregistered from .* on, at the latest by /);
  });

  test('a pod behind node ports', async () => {
    const world = await open(service({ name: 'web', type: 'NodePort' }), web(), shop({ 'target-type': 'instance' }));
    expect(await explained(world)).toMatchObject({
      verdict: 'serves',
      groups: [
        {
          targetType: 'instance',
          target: true,
          why: expect.stringMatching(/^through the node port, on ip-10-/),
          need: 15,
        },
      ],
    });
  });

  test('a pod that is not there: the nearest name is given', async () => {
    const world = await open(service({ name: 'web' }), web(), shop());
    const [name = ''] = await names(world);
    const asked = explain(world.kube, { ...NAMESPACE, name: `${name.slice(0, -1)}?` });
    await expect(asked).rejects.toThrow(
      `pod shop/${name.slice(0, -1)}?: there is none of that name; did you mean pod/${name}?`,
    );
    await expect(explain(world.kube, { namespace: 'nowhere', name: 'x' })).rejects.toThrow(
      'pod nowhere/x: there is none of that name',
    );
  });

  test.each([
    [[], 'explain: wanted ingress/NAME, service/NAME or pod/NAME, given nothing'],
    [['web-1'], 'explain: wanted ingress/NAME, service/NAME or pod/NAME, given web-1'],
    [
      ['ingres/web'],
      'explain: wanted ingress/NAME, service/NAME or pod/NAME, given ingres/web; did you mean ingress/web?',
    ],
    [['node/web'], 'explain: wanted ingress/NAME, service/NAME or pod/NAME, given node/web'],
    [['pod/a', 'pod/b'], 'explain: wanted ingress/NAME, service/NAME or pod/NAME, given pod/a pod/b'],
    [['pod/a', '--output', 'yaml'], '--output: wanted text or json, given yaml'],
    [['pod/a', '--url', 'shop'], '--url: wanted http://HOST/PATH or https://HOST/PATH, given shop'],
    [['pod/a', '--from', 'b'], '--from: wanted pod/NAME or pod/NAMESPACE/NAME, given b'],
    [['pod/a', '--outptu', 'json'], 'explain: unknown flag --outptu; did you mean --output?' as string],
  ])('%j cannot be understood', async (args, message) => {
    const told: string[] = [];
    const tell = (line: string): void => void told.push(line);
    const terminal = { env: {}, out: tell, tell, signal: new AbortController().signal };
    expect(await command.run(args, terminal)).toBe(2);
    expect(told).toEqual([message]);
  });
});
