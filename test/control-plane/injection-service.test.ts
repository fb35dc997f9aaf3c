import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { NAMES } from '../../src/admission/installation.ts';
import { USUAL_INSTALLATION } from '../../src/admission/manifests.ts';
import { webhookConfiguration } from '../../src/admission/webhook.ts';
import { GATE, INJECT, REQUIRE_DRAIN } from '../../src/api/pod.ts';
import { Denied, Invalid } from '../../src/errors.ts';
import type { KubeApi, KubeObject, NewObject } from '../../src/kube/api.ts';
import { fencedKube } from '../../src/kube/fence.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { freePorts } from '../../src/local/free-port.ts';
import { applyObjects } from '../../src/local/manifests.ts';
import { until } from '../../src/local/until.ts';
import { type Clock, realClock } from '../../src/runtime/clock.ts';
import { type Injection, type InjectionSettings, startInjection } from '../../src/server/injection.ts';
import { NotLeader } from '../../src/errors.ts';
import { type DryRun, openDryRun } from '../injection/admission-client.ts';
import { manifestsOf } from '../injection/ways.ts';
import { describeOnControlPlane } from './fixture.ts';

const LINES = { web: 'v1;45;true;preserve;app=web' };
const SECRET = { namespace: 'podwire-system', name: 'podwire-webhook' };

/** Looks more often than the operator does. */
const clock: Clock = { ...realClock, sleep: (ms, signal) => realClock.sleep(Math.min(ms, 200), signal) };

const namespace = (name: string, labels = {}): NewObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

const podIn = (of: string, labels: Record<string, string> = { app: 'web' }): NewObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pod', namespace: of, labels },
  spec: { containers: [{ name: 'app', image: 'example.test/web:1' }] },
});

/** Grace of a pod, and whether it has gate and sleep. */
function protectionOf(pod: KubeObject): { gate: boolean; sleep: number | undefined; grace: number } {
  const spec = pod.spec as {
    readinessGates?: { conditionType: string }[];
    terminationGracePeriodSeconds: number;
    containers: { lifecycle?: { preStop?: { sleep?: { seconds: number } } } }[];
  };
  return {
    gate: spec.readinessGates?.some(({ conditionType }) => conditionType === GATE) ?? false,
    sleep: spec.containers[0]?.lifecycle?.preStop?.sleep?.seconds,
    grace: spec.terminationGracePeriodSeconds,
  };
}

const PROTECTED = { gate: true, sleep: 45, grace: 75 };
const UNPROTECTED = { gate: false, sleep: undefined, grace: 30 };

describeOnControlPlane('injection, served and taken away', (fixture) => {
  let pods: DryRun;
  let port: number;
  const running: Injection[] = [];
  const told: string[] = [];

  beforeAll(async () => {
    const { api, controlPlane } = fixture();
    pods = await openDryRun(controlPlane.kubeconfig);
    [port] = (await freePorts(1)) as [number];
    const lines = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'shop', name: NAMES.lines } };
    await applyObjects(api, [namespace('podwire-system'), namespace('shop'), { ...lines, data: LINES }]);
    await fixture().kubectl.apply(...manifestsOf('podwire-defaults.yaml'));
  });
  afterAll(() => pods?.close());
  afterEach(async () => {
    const { kubectl } = fixture();
    for (const one of running.splice(0)) await one.stop();
    await kubectl('delete', 'mutatingadmissionpolicybinding,mutatingadmissionpolicy', '--all');
    await kubectl('delete', 'mutatingwebhookconfiguration,validatingadmissionpolicybinding', '--all');
    told.splice(0);
  });

  const tell = (_about: unknown, message?: string): void => void told.push(message ?? '');

  function start(settings: Partial<InjectionSettings> = {}, kube: KubeApi = fixture().api): Injection {
    const injection = startInjection({
      kube,
      clock,
      log: { info: tell, warn: tell, debug: () => undefined },
      settings: {
        controllerId: '',
        inject: 'auto',
        webhookAddress: `127.0.0.1:${port}`,
        webhookSecret: SECRET.name,
        ownNamespace: SECRET.namespace,
        ...settings,
      },
      linesOf: (of) => (of === 'shop' ? LINES : {}),
      ready: Promise.resolve(),
    });
    running.push(injection);
    return injection;
  }

  const installWebhook = (at = port) =>
    fixture().kubectl.apply(webhookConfiguration(USUAL_INSTALLATION, `https://127.0.0.1:${at}`));
  const installPolicy = () => fixture().kubectl.apply(...manifestsOf('policy.yaml'));
  const protection = async (pod = podIn('shop')) => protectionOf(await pods.create(pod));
  const untilPods = (are: 'protected' | 'unprotected') =>
    until(`pods are ${are}`, async () => (await protection()).gate === (are === 'protected'));

  test('the webhook gets its certificate and its trust by itself, and writes into pods', async () => {
    await installWebhook();
    const injection = start();
    await untilPods('protected');
    expect(await protection()).toEqual(PROTECTED);
    expect(injection.way()).toBe('webhook');
  });

  test('with the webhook down pods are created without protection, and with it back they are protected', async () => {
    await installWebhook();
    const injection = start();
    await untilPods('protected');
    await injection.stop();
    expect(await protection()).toEqual(UNPROTECTED);
    start();
    await untilPods('protected');
  });

  test('a webhook that never answers holds no pod up for ever', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    await installWebhook((silent.address() as { port: number }).port);
    await until('the webhook is asked', async () => {
      await protection();
      return (await connectionsOf(silent)) > 0;
    });
    expect(await protection()).toEqual(UNPROTECTED);
    silent.close();
  });

  test('with the policy installed nothing is served; taken away by hand pods are unprotected, and it is said', async () => {
    await installPolicy();
    const injection = start();
    await untilPods('protected');
    await until('the policy is seen', async () => injection.way() === 'policy');
    expect(injection.port()).toBeUndefined();
    await fixture().kubectl('delete', 'mutatingadmissionpolicy', NAMES.policy);
    await until('that it is gone is seen', async () => injection.way() === 'none');
    await untilPods('unprotected');
    expect(await protection()).toEqual(UNPROTECTED);
    expect(told.join('\n')).toContain('new pods get neither gate nor sleep');
  });

  test('where the webhook is installed too, it takes over from a policy that is taken away', async () => {
    await installPolicy();
    await installWebhook();
    const injection = start();
    await until('the policy is seen', async () => injection.way() === 'policy');
    await fixture().kubectl('delete', 'mutatingadmissionpolicybinding', NAMES.policy);
    await until('the webhook is served', async () => injection.port() !== undefined);
    await untilPods('protected');
  });

  test('off: nothing is served and nothing written', async () => {
    await installWebhook();
    const injection = start({ inject: 'off' });
    await until('it is looked at', async () => injection.way() === 'off');
    expect(await protection()).toEqual(UNPROTECTED);
    expect(injection.port()).toBeUndefined();
  });

  test('a replica that waits for the lease serves as well, with the same certificate', async () => {
    await installWebhook();
    const leader = start();
    await untilPods('protected');
    await leader.stop();
    const standby = fencedKube(fixture().api, () => {
      throw new NotLeader('this replica waits');
    });
    start({}, standby);
    await untilPods('protected');
  });

  describe('the first generation', () => {
    const BURST = 20;

    /** Creates namespaces, and a pod in each in the same breath. */
    async function burst(
      prefix: string,
      labels: Record<string, string>,
      count = BURST,
    ): Promise<ReturnType<typeof protectionOf>[]> {
      const { api } = fixture();
      const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
      return Promise.all(
        names.map(async (name) => {
          await api.create(RESOURCES.namespace, namespace(name, labels));
          return protectionOf(await api.create(RESOURCES.pod, podIn(name)));
        }),
      );
    }

    test.each(['policy', 'webhook'] as const)(
      'by %s: a pod as old as its labelled namespace is covered',
      async (way) => {
        if (way === 'policy') await installPolicy();
        else await installWebhook();
        start();
        await untilPods('protected');
        // The binding for labelled namespaces takes effect on its own, not with the one for pods that a line selects.
        let tries = 0;
        await until('the binding for labelled namespaces', async () => {
          const [first] = await burst(`${way}-first-${++tries}`, { [INJECT]: 'enabled' }, 1);
          return first?.gate;
        });
        const all = await burst(way, { [INJECT]: 'enabled' });
        expect(all).toEqual(Array.from({ length: BURST }, () => PROTECTED));
        const unlabelled = await burst(`${way}-plain`, {});
        expect(unlabelled).toEqual(Array.from({ length: BURST }, () => UNPROTECTED));
      },
    );

    test.each(['policy', 'webhook'] as const)(
      'by %s: our own namespace and kube-system are left alone',
      async (way) => {
        if (way === 'policy') await installPolicy();
        else await installWebhook();
        start();
        await untilPods('protected');
        for (const name of ['kube-system', 'podwire-system']) {
          await fixture().kubectl('label', 'namespace', name, `${INJECT}=enabled`, '--overwrite');
          expect(await protection(podIn(name))).toEqual(UNPROTECTED);
        }
      },
    );
  });

  describe('strict', () => {
    const strict = podIn('shop', { app: 'web', [REQUIRE_DRAIN]: 'true' });

    test('refuses a pod without gate and sleep, says what is missing, and leaves others alone', async () => {
      await fixture().kubectl.apply(...manifestsOf('strict.yaml'));
      const refused = await until('the pod is refused', () =>
        pods.create(strict).then(
          () => undefined,
          (error: unknown) => error as Error,
        ),
      );
      expect([Denied, Invalid].some((kind) => refused instanceof kind)).toBe(true);
      expect(refused.message).toContain(`wants the readiness gate ${GATE}`);
      const gated = { ...strict, spec: { ...(strict.spec as object), readinessGates: [{ conditionType: GATE }] } };
      await expect(pods.create(gated)).rejects.toThrow(/wants a preStop on every container, and these have none: app/);
      expect(await protection()).toEqual(UNPROTECTED);
    });

    test('heals by itself when the injection is back', async () => {
      const { kubectl, api } = fixture();
      await kubectl.apply(...manifestsOf('strict.yaml'));
      await until('the pod is refused', () =>
        pods.create(strict).then(
          () => undefined,
          () => true,
        ),
      );
      await kubectl.apply(deployment());
      const podsOf = async () => (await api.list(RESOURCES.pod, { namespace: 'shop' })).map(protectionOf);
      await until('the ReplicaSet is told no', async () =>
        (await kubectl('get', 'events', '-n', 'shop')).includes('FailedCreate'),
      );
      expect(await podsOf()).toEqual([]);
      await installPolicy();
      await until('the pod is there', async () => (await podsOf()).length === 1);
      expect(await podsOf()).toEqual([PROTECTED]);
      await kubectl('delete', 'deployment', '-n', 'shop', 'web');
    });
  });
});

const connectionsOf = (server: ReturnType<typeof createServer>): Promise<number> =>
  new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));

const deployment = (): object => {
  const labels = { app: 'web', [REQUIRE_DRAIN]: 'true' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'example.test/web:1' }] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  };
};
