import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTROL_PLANE_TOOLS, findTools, HELM_TOOLS } from '../../scripts/tool-cache.ts';
import { NAMES } from '../../src/admission/installation.ts';
import { GATE, INJECT } from '../../src/api/pod.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { connectTo } from '../../src/local/cluster/connection.ts';
import { type ControlPlane, startControlPlane } from '../../src/local/control-plane/control-plane.ts';
import { until } from '../../src/local/until.ts';
import { type HelmName, HelmFailed, helm, settings } from '../chart/helm.ts';
import { type Kubectl, kubectlWith } from '../kubectl.ts';
import { describeWith } from '../tools.ts';
import { type HookRunner, runHooks, writeAccess } from './hook-runner.ts';

const CHART = 'charts/podwire';
const NAMESPACE = 'podwire-system';
const OPERATOR = `system:serviceaccount:${NAMESPACE}:podwire`;
/** The operator of a second release. */
const SECOND = 'system:serviceaccount:other:second-podwire';
const run = promisify(execFile);

/** The chart of the commit before, or why there is none. */
async function previousChart(dir: string): Promise<string | { missing: string }> {
  try {
    const { stdout } = await run('git', ['archive', 'HEAD~', CHART], {
      encoding: 'buffer',
      maxBuffer: 64 * 1024 * 1024,
    });
    await writeFile(join(dir, 'previous.tar'), stdout);
    await run('tar', ['-xf', 'previous.tar'], { cwd: dir });
    return join(dir, CHART);
  } catch (error) {
    return { missing: `the commit before has no chart that could be had: ${(error as Error).message.split('\n')[0]}` };
  }
}

describeWith([...CONTROL_PLANE_TOOLS, ...HELM_TOOLS], 'the chart on a real control plane', () => {
  let dir: string;
  let controlPlane: ControlPlane;
  let kubectl: Kubectl;
  let api: KubeApi;
  let hooks: HookRunner;

  beforeAll(async () => {
    const tools = findTools(CONTROL_PLANE_TOOLS);
    if ('missing' in tools) throw new Error(tools.missing);
    dir = await mkdtemp(join(tmpdir(), 'podwire-chart-'));
    // Without nodes: pods are admitted and stay pending.
    controlPlane = await startControlPlane({ binaries: tools.paths, dir });
    kubectl = kubectlWith(tools.paths.kubectl, controlPlane.kubeconfig);
    api = await connectTo(controlPlane.kubeconfig);
    const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: restricted } });
    hooks = runHooks({ controlPlane, api, kubectl, dir }, NAMESPACE);
  });

  afterAll(async () => {
    await hooks?.stop();
    await controlPlane?.close();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  const helmIn = (name: HelmName, ...args: string[]): Promise<string> => {
    const own = (of: string) => ({ [`HELM_${of}_HOME`]: join(dir, `helm-${of}`) });
    const env = { KUBECONFIG: controlPlane.kubeconfig, ...own('CACHE'), ...own('CONFIG'), ...own('DATA') };
    return helm(name, [...args, '--namespace', NAMESPACE], env);
  };
  const deploy = (name: HelmName, verb: 'install' | 'upgrade', chart: string, ...more: string[]): Promise<string> =>
    helmIn(name, verb, 'podwire', chart, ...settings([]), ...more);
  const refusal = (running: Promise<string>): Promise<string> =>
    running.then(
      (output) => `it went through: ${output}`,
      (error: unknown) => (error instanceof HelmFailed ? error.message : Promise.reject(error as Error)),
    );
  const names = async (...kinds: string[]): Promise<string[]> =>
    (await kubectl('get', kinds.join(','), '-A', '-o', 'name')).split('\n').filter((line) => line !== '');
  const crd = (name: string) =>
    kubectl.json<{
      metadata: { annotations?: Record<string, string>; labels?: Record<string, string> };
      spec: { versions: { additionalPrinterColumns?: { name: string }[] }[] };
    }>('get', 'crd', name);
  const replicas = async (): Promise<string> =>
    kubectl('get', 'deployment', 'podwire', '-n', NAMESPACE, '-o', 'jsonpath={.spec.replicas}');

  /** The chart as it might have been: one column of a definition less. */
  async function olderChart(): Promise<string> {
    const older = join(dir, 'older');
    await cp(CHART, older, { recursive: true });
    const file = join(older, 'files/crds/podwire.dev_loadbalancers.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('name: Address', 'name: Was'));
    return older;
  }

  const gatedPod = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'web', image: 'podwire/echo' }], readinessGates: [{ conditionType: GATE }] },
  });

  describe('helm3: from nothing', () => {
    test('H6, H18: the API server takes every object in a dry run, and has none of them afterwards', async () => {
      expect(await deploy('helm3', 'install', CHART, '--dry-run=server')).toContain('create-pod-identity-association');
      expect(await names('deployment', 'mutatingadmissionpolicy')).toEqual([]);
    });

    test('H2, H6: it is installed in a namespace that enforces restricted, and its pods are admitted', async () => {
      await deploy('helm3', 'install', await olderChart());
      await until('both pods are there', async () => (await names('pods')).length === 2);
      expect(await names('mutatingadmissionpolicy')).toEqual([
        `mutatingadmissionpolicy.admissionregistration.k8s.io/${NAMES.policy}`,
      ]);
      expect((await crd('loadbalancers.podwire.dev')).metadata.labels?.['app.kubernetes.io/managed-by']).toBe('Helm');
    });

    test('H13: a second release is refused, and which one is there is said', async () => {
      await kubectl('create', 'namespace', 'other');
      const second = helm('helm3', ['install', 'second', CHART, '--namespace', 'other', ...settings([])], {
        KUBECONFIG: controlPlane.kubeconfig,
      });
      expect(await refusal(second)).toContain(`in the release ${NAMESPACE}/podwire`);
    });

    test('H13: one with an id of its own is installed beside it; a third with that id is refused, and both are named', async () => {
      const env = { KUBECONFIG: controlPlane.kubeconfig };
      const install = (release: string): Promise<string> =>
        helm('helm3', ['install', release, CHART, '--namespace', 'other', ...settings(['controllerId=blue'])], env);
      await install('second');
      expect(await refusal(install('third'))).toMatch(
        /with controllerId blue already, in the release other\/second .* other\/third would be a second one/,
      );
      expect((await names('ingressclass')).toSorted()).toEqual([
        'ingressclass.networking.k8s.io/podwire',
        'ingressclass.networking.k8s.io/podwire-blue',
      ]);
      const may = (name: string): Promise<string> =>
        kubectl('auth', 'can-i', 'patch', `configmaps/${name}`, '-n', 'default', '--as', SECOND).catch(() => 'no');
      expect([(await may('podwire-drain-blue')).trim(), (await may('podwire-drain')).trim()]).toEqual(['yes', 'no']);
    });

    test('H13: the policies of both write into one pod: a gate each, and the longer sleep once', async () => {
      const line = (name: string, seconds: number) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: 'default' },
        data: { web: `v1;${seconds};true;preserve;app=both` },
      });
      await kubectl.apply(line('podwire-drain', 45), line('podwire-drain-blue', 150));
      const pod = gatedPod('both');
      const asked = {
        ...pod,
        metadata: { ...pod.metadata, labels: { app: 'both' } },
        spec: { containers: pod.spec.containers },
      };
      const create = async () => {
        type Pod = { spec: { terminationGracePeriodSeconds: number; readinessGates?: { conditionType: string }[] } };
        const { spec } = JSON.parse(await kubectl.raw('/api/v1/namespaces/default/pods?dryRun=All', asked)) as Pod;
        const gates = (spec.readinessGates ?? []).map(({ conditionType }) => conditionType).toSorted();
        return { gates, grace: spec.terminationGracePeriodSeconds };
      };
      await until('both policies are in force', async () => (await create()).gates.length === 2);
      expect(await create()).toEqual({ gates: [GATE, `${GATE}-blue`], grace: 180 });
      await kubectl('delete', 'configmap', 'podwire-drain', 'podwire-drain-blue');
      // Its hook would want a kubelet of its own; what it does is tested with the command.
      const env = { KUBECONFIG: controlPlane.kubeconfig };
      await helm('helm3', ['uninstall', 'second', '--namespace', 'other', '--no-hooks'], env);
      expect(await names('mutatingadmissionpolicy')).toEqual([
        `mutatingadmissionpolicy.admissionregistration.k8s.io/${NAMES.policy}`,
      ]);
    });

    test('H2: definitions are upgraded with the chart', async () => {
      const columns = async () =>
        (await crd('loadbalancers.podwire.dev')).spec.versions[0]?.additionalPrinterColumns?.map(({ name }) => name);
      expect(await columns()).toContain('Was');
      await deploy('helm3', 'upgrade', CHART, '--set', 'replicaCount=3');
      expect(await columns()).toContain('Address');
      expect(await replicas()).toBe('3');
    });

    test('it is rolled back', async () => {
      await helmIn('helm3', 'rollback', 'podwire', '1');
      expect(await replicas()).toBe('2');
    });

    test('S9: drain lines may be applied in any namespace, under their name only; no Secret may be read', async () => {
      const apply = async (name: string): Promise<string> => {
        const file = join(dir, `${name}.json`);
        const object = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace: 'default' },
          data: { a: 'b' },
        };
        await writeFile(file, JSON.stringify(object));
        return kubectl('apply', '--server-side', '--as', OPERATOR, '-f', file);
      };
      expect(await apply('podwire-drain')).toContain('serverside-applied');
      await expect(apply('another')).rejects.toThrow(/forbidden/);
      await expect(kubectl('get', 'secrets', '-A', '--as', OPERATOR)).rejects.toThrow(/forbidden/);
      await kubectl('delete', 'configmap', 'podwire-drain');
    });

    test('S9: the guard lets the operator write its own condition, and nothing else of the status', async () => {
      await kubectl.apply(gatedPod('guarded'));
      const access = await writeAccess({ controlPlane, kubectl, dir }, { namespace: NAMESPACE, account: 'podwire' });
      const operator = await connectTo(access);
      const key = { namespace: 'default', name: 'guarded' };
      const write = (status: object) =>
        operator.patch(RESOURCES.pod, key, { type: 'merge', subresource: 'status', body: { status } });
      await write({ conditions: [{ type: GATE, status: 'False', reason: 'TargetInitial' }] });
      await until('the guard is in force', () =>
        write({ message: 'changed' }).then(
          () => false,
          (error: Error) => /no status field other/.test(error.message),
        ),
      );
    });

    test('H19: it is not uninstalled while a load balancer is managed, which is named, and nothing is changed', async () => {
      await api.create(RESOURCES.loadBalancer, {
        metadata: { name: 'ingress.shop.web' },
        spec: { stack: 'ingress/shop/web' },
      });
      expect(await refusal(helmIn('helm3', 'uninstall', 'podwire', '--timeout', '2m'))).toMatch(
        /podwire-release|pre-delete|hook/i,
      );
      expect(hooks.runs.at(-1)?.output).toContain('LoadBalancer ingress.shop.web');
      expect(hooks.runs.at(-1)?.output).toContain('refused, and nothing was changed');
      expect(await names('deployment', 'mutatingadmissionpolicy')).toHaveLength(2);
    });

    test('H19: else injection ends, every gate is opened, and then the operator goes; definitions stay', async () => {
      await kubectl('delete', 'loadbalancer', 'ingress.shop.web');
      await kubectl('create', 'namespace', 'shop');
      await kubectl('label', 'namespace', 'shop', `${INJECT}=enabled`);
      await helmIn('helm3', 'uninstall', 'podwire', '--timeout', '4m');
      expect(hooks.runs.at(-1)).toMatchObject({ code: 0, args: ['release', '--all'] });
      expect(hooks.runs.at(-1)?.output).toContain(`deleted MutatingAdmissionPolicy ${NAMES.policy}`);
      const gate = await kubectl(
        'get',
        'pod',
        'guarded',
        '-o',
        `jsonpath={.status.conditions[?(@.type=="${GATE}")].status}`,
      );
      expect(gate).toBe('True');
      const left = await names(
        'deployment',
        'mutatingadmissionpolicy',
        'validatingadmissionpolicy',
        'ingressclass',
        'crd',
        'clusterrole',
      );
      expect(left.filter((name) => name.includes('podwire')).toSorted()).toEqual([
        'customresourcedefinition.apiextensions.k8s.io/loadbalancers.podwire.dev',
        'customresourcedefinition.apiextensions.k8s.io/targetgroups.podwire.dev',
      ]);
      const after = await kubectl.raw('/api/v1/namespaces/shop/pods?dryRun=All', {
        ...gatedPod('after'),
        metadata: { name: 'after', namespace: 'shop' },
        spec: { containers: [{ name: 'web', image: 'podwire/echo' }] },
      });
      expect(after).not.toContain(GATE);
    });
  });

  describe("helm4: beside the peer's definitions", () => {
    const PEERS = 'targetgroupbindings.elbv2.k8s.aws';

    test('H2: a definition of somebody else is left alone, and the notes say so', async () => {
      await kubectl('delete', 'crd', '--all');
      await kubectl('apply', '-f', 'crds/elbv2.k8s.aws_targetgroupbindings.yaml');
      const previous = await previousChart(dir);
      if (typeof previous !== 'string') console.warn(`skipped: upgrade from the previous commit: ${previous.missing}`);
      const notes = await deploy('helm4', 'install', typeof previous === 'string' ? previous : CHART);
      expect(notes).toContain(PEERS);
      expect((await crd(PEERS)).metadata.labels?.['app.kubernetes.io/managed-by']).toBeUndefined();
      expect(await names('crd')).toHaveLength(4);
    });

    test('it is upgraded from the commit before, with the authority that the operator wrote kept', async () => {
      await deploy('helm4', 'upgrade', CHART, '--set', 'injection=webhook');
      const bundle = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: 'Cg==' }];
      await kubectl(
        'patch',
        'mutatingwebhookconfiguration',
        NAMES.webhook,
        '--type=json',
        '-p',
        JSON.stringify(bundle),
      );
      await deploy('helm4', 'upgrade', CHART, '--set', 'injection=webhook', '--set', 'replicaCount=3');
      const kept = await kubectl(
        'get',
        'mutatingwebhookconfiguration',
        NAMES.webhook,
        '-o',
        'jsonpath={.webhooks[0].clientConfig.caBundle}',
      );
      expect([kept, await replicas()]).toEqual(['Cg==', '3']);
    });

    test('H19: it is uninstalled, and the definition of somebody else stays', async () => {
      await helmIn('helm4', 'uninstall', 'podwire', '--timeout', '4m');
      expect(hooks.runs.at(-1)?.output).toContain(`deleted MutatingWebhookConfiguration ${NAMES.webhook}`);
      expect(await names('deployment')).toEqual([]);
      expect((await crd(PEERS)).metadata.labels?.['app.kubernetes.io/managed-by']).toBeUndefined();
    });
  });
});
