import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CONTROL_PLANE_TOOLS, HELM_TOOLS } from '../../scripts/tool-cache.ts';
import { NAMES } from '../../src/admission/installation.ts';
import { GATE, INJECT } from '../../src/api/pod.ts';
import { mintCertificate } from '../../src/certificate.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { isReady, KINDS, type Pod } from '../../src/local/cluster/objects.ts';
import { loopbackOf } from '../../src/local/loopback.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { until } from '../../src/local/until.ts';
import { podsOf, targetsOf } from '../../src/local/world.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { type DryRun, openDryRun } from '../injection/admission-client.ts';
import { describeWith } from '../tools.ts';
import { CHART, openReleaseWorld, OWN_NAMESPACE, type ReleaseWorld } from './release-world.ts';

const PROTECTED = { gate: true, sleep: 45, grace: 75 };
const UNPROTECTED = { gate: false, sleep: undefined, grace: 30 };
const OPERATOR = 'app.kubernetes.io/name=podwire';
const RESTRICTED = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const SECRET = { namespace: OWN_NAMESPACE, name: 'podwire-webhook' };

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Of the certificate that a replica serves with. */
async function fingerprintAt(ip: string): Promise<string | undefined> {
  const socket = connect({ ...loopbackOf(ip, 9443), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

/** What the webhook writes, as it stands in a pod. */
function protectionOf(pod: Pick<KubeObject, 'metadata'>): typeof PROTECTED | typeof UNPROTECTED {
  const { readinessGates = [], terminationGracePeriodSeconds, containers } = (pod as Pod).spec;
  return {
    gate: readinessGates.some(({ conditionType }) => conditionType === GATE),
    sleep: containers[0]?.lifecycle?.preStop?.sleep?.seconds,
    grace: terminationGracePeriodSeconds,
  } as typeof PROTECTED;
}

const podIn = (namespace: string, app = 'web'): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pod', namespace, labels: { app } },
  spec: {
    containers: [{ name: 'web', image: 'example.test/web:1', securityContext: RESTRICTED }],
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  },
});

describeWith([...CONTROL_PLANE_TOOLS, ...HELM_TOOLS], 'the webhook of a release, asked through its Service', () => {
  let world: ReleaseWorld;
  let dryRun: DryRun;
  let failed = false;
  beforeAll(async () => {
    world = await openReleaseWorld();
    dryRun = await openDryRun(world.controlPlane.kubeconfig);
  });
  afterEach(({ task }) => void (failed ||= task.result?.state === 'fail'));
  afterAll(async () => {
    dryRun?.close();
    await world?.close(failed);
  });

  const values = () => [...world.values, '--set', 'injection=webhook'];
  const protection = async (pod = podIn('shop')) => protectionOf(await dryRun.create(pod));
  const untilProtected = (pod = podIn('shop')) => until('a protected pod', async () => (await protection(pod)).gate);
  const replicas = async (): Promise<Pod[]> =>
    (await world.kube.list(KINDS.pod, { namespace: OWN_NAMESPACE, labelSelector: OPERATOR })) as Pod[];
  const label = (namespace: string, value: string) =>
    world.kubectl('label', 'namespace', namespace, '--overwrite', `${INJECT}${value}`);
  const scaleOperator = async (count: number) => {
    await world.kubectl('scale', '-n', OWN_NAMESPACE, 'deployment/podwire', `--replicas=${count}`);
    await until(`${count} replicas`, async () => {
      const pods = await replicas();
      return pods.length === count && pods.every((pod) => isReady(pod));
    });
  };

  test('H3: the chart needs nothing but injection=webhook for pods to get gate, sleep and grace', async () => {
    await world.helm('helm4', 'install', 'podwire', CHART, ...values(), '--wait', '--timeout', '110s');
    expect(await world.kubectl('get', 'mutatingadmissionpolicy', '-o', 'name')).toBe('');
    const installed = await world.kube.get(RESOURCES.mutatingWebhookConfiguration, { name: NAMES.webhook });
    const entries = (installed?.webhooks ?? []) as { clientConfig: object }[];
    expect(entries).toHaveLength(2);
    for (const { clientConfig } of entries) {
      expect(clientConfig).toMatchObject({ service: { name: NAMES.service, namespace: OWN_NAMESPACE, port: 443 } });
      expect(clientConfig).not.toHaveProperty('url');
    }
    await world.kubectl('create', 'namespace', 'shop');
    await label('shop', '=enabled');
    await untilProtected();
    await world.kubectl('apply', '-f', shippedFile('examples', 'shop'));
    const pods = await until('three pods', async () => {
      const found = await world.kube.list(RESOURCES.pod, { namespace: 'shop' });
      return found.length === 3 && found;
    });
    expect(pods.map(protectionOf)).toEqual([PROTECTED, PROTECTED, PROTECTED]);
    await until('three ready pods', async () => (await podsOf(world, 'shop')).every(({ ready }) => ready));
    const ips = (await podsOf(world, 'shop')).map(({ ip }) => ip).toSorted();
    await until('these pods as targets', async () => {
      const healthy = [...(await targetsOf(world)).values()].flat().filter(({ state }) => state === 'healthy');
      return isDeepStrictEqual(healthy.map(({ id }) => id).toSorted(), ips);
    });
  });

  test('H3: without the label, pods that a Service of an Ingress selects, and no others', async () => {
    await label('shop', '-');
    await until('the entry for all namespaces is asked', async () => !(await protection(podIn('shop', 'other'))).gate);
    expect(await protection()).toEqual(PROTECTED);
    expect(await protection(podIn('shop', 'other'))).toEqual(UNPROTECTED);
    await label('shop', '=enabled');
    await until('labelled again', async () => (await protection(podIn('shop', 'other'))).gate);
  });

  test('S10: our own namespace and kube-system are never asked about', async () => {
    for (const namespace of [OWN_NAMESPACE, 'kube-system', 'default']) await label(namespace, '=enabled');
    await untilProtected(podIn('default'));
    expect(await protection(podIn(OWN_NAMESPACE))).toEqual(UNPROTECTED);
    expect(await protection(podIn('kube-system'))).toEqual(UNPROTECTED);
  });

  test('H6: pods created all through an upgrade, which replaces both replicas, are protected', async () => {
    const before = (await replicas()).map(({ metadata }) => metadata.uid);
    const created = createAllTheWhile();
    const other = ['--set', `podAnnotations.at=${new Date(realClock.now()).toISOString()}`];
    await world.helm('helm4', 'upgrade', 'podwire', CHART, ...values(), ...other, '--wait');
    await until('the old pods are gone', async () => (await replicas()).length === 2);
    expect((await replicas()).filter(({ metadata }) => before.includes(metadata.uid))).toEqual([]);
    expect(await created.stop()).toEqual({ refused: [], unprotected: 0 });
  });

  test('R8: pods created all through the end of one of two replicas, and after it, are protected', async () => {
    const created = createAllTheWhile();
    await scaleOperator(1);
    await realClock.sleep(1_000);
    expect(await created.stop()).toEqual({ refused: [], unprotected: 0 });
  });

  test('S10: with every replica gone pods are created all the same, unprotected, until they are back', async () => {
    await scaleOperator(0);
    expect(await protection()).toEqual(UNPROTECTED);
    await scaleOperator(2);
    await untilProtected();
  });

  test('H3: pods created all through the change to the next certificate are protected', async () => {
    const host = `${NAMES.service}.${OWN_NAMESPACE}.svc`;
    const next = await mintCertificate([host], new Date(realClock.now()), 90);
    const created = createAllTheWhile();
    await trust(next.authority);
    // As the operator prepares it, and long enough ago for it to go on.
    const prepared = {
      'next-tls.crt': next.certificate,
      'next-tls.key': next.privateKey,
      'next-ca.crt': next.authority,
      'changed-at': new Date(realClock.now() - 3_600_000).toISOString(),
    };
    const data = Object.fromEntries(Object.entries(prepared).map(([key, text]) => [key, base64(text)]));
    await world.kube.patch(RESOURCES.secret, SECRET, { type: 'merge', body: { data } });
    const wanted = new X509Certificate(next.certificate).fingerprint256;
    await until('both replicas serve the next certificate', async () => {
      const served = await Promise.all((await replicas()).map(({ status }) => fingerprintAt(status?.podIP ?? '')));
      return served.every((one) => one === wanted);
    });
    expect(await created.stop()).toEqual({ refused: [], unprotected: 0 });
  });

  /** Adds an authority to what the API server trusts, as the operator does before it changes to its certificate. */
  async function trust(authority: string): Promise<void> {
    const name = NAMES.webhook;
    const found = await world.kube.get(RESOURCES.mutatingWebhookConfiguration, { name });
    const entries = (found?.webhooks ?? []) as { clientConfig: { caBundle: string } }[];
    const body = entries.map(({ clientConfig: { caBundle } }, index) => ({
      op: 'replace',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value: base64(Buffer.from(caBundle, 'base64').toString() + authority),
    }));
    await world.kube.patch(RESOURCES.mutatingWebhookConfiguration, { name }, { type: 'json', body });
  }

  /** How many calls of the webhook took longer than the API server waits: this machine was too slow for them. */
  const lateCalls = async (): Promise<number> =>
    (await readFile(join(world.dir, 'kube-apiserver.log'), 'utf8')).split(/failing open .*context deadline exceeded/)
      .length - 1;

  /** Creates pods, several at a time and without end, until stopped. */
  function createAllTheWhile(): { stop(): Promise<{ refused: string[]; unprotected: number }> } {
    let running = true;
    let [all, unprotected] = [0, 0];
    const refused: string[] = [];
    const before = lateCalls();
    const creator = async (): Promise<void> => {
      while (running) {
        all += 1;
        await protection().then(
          ({ gate }) => void (unprotected += gate ? 0 : 1),
          (error: unknown) => refused.push(String(error)),
        );
        await realClock.sleep(50);
      }
    };
    const creators = Promise.all([creator(), creator(), creator()]);
    return {
      async stop() {
        running = false;
        await creators;
        const late = (await lateCalls()) - (await before);
        console.log(`${all} pods created meanwhile, ${unprotected} unprotected, ${late} of them for want of time`);
        return { refused, unprotected: unprotected - late };
      },
    };
  }
});
