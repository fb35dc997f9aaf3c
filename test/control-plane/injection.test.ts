import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject, NewObject } from '../../src/kube/api.ts';
import { applyObjects } from '../../src/local/manifests.ts';
import type { PodManifest } from '../../src/model/injection.ts';
import { type DryRun, openDryRun } from '../injection/admission-client.ts';
import { CORPUS, FIXED_LINES, type InjectionCase } from '../injection/corpus.ts';
import {
  again,
  namespaceOf,
  outcomeOf,
  podOf,
  sleepsBeyondGrace,
  surroundingsOf,
  writtenOf,
} from '../injection/pods.ts';
import { manifestsOf, PROBE, type Way, Ways } from '../injection/ways.ts';
import { type SecondWebhook, startSecondWebhook } from '../injection/webhooks.ts';
import { describeOnControlPlane } from './fixture.ts';

const WAYS: Way[] = ['none', 'policy', 'webhook', 'both'];
const PROBE_LINES = { all: 'v1;45;true;preserve;' };

/** Pods as the API server would store them, by way and case. */
type Admitted = Record<Way, Record<string, KubeObject & PodManifest>>;

describeOnControlPlane('one corpus of pods, by policy, by webhook and by both', (fixture) => {
  let pods: DryRun;
  let ways: Ways;
  let second: SecondWebhook;
  const admitted: Admitted = { none: {}, policy: {}, webhook: {}, both: {} };
  const repeated: Admitted = { none: {}, policy: {}, webhook: {}, both: {} };

  beforeAll(async () => {
    const { kubectl, controlPlane, api } = fixture();
    pods = await openDryRun(controlPlane.kubeconfig);
    second = await startSecondWebhook();
    await applyObjects(api, surroundings());
    await kubectl.apply(...manifestsOf('podwire-defaults.yaml'), second.configuration);
    ways = new Ways({ kubectl, pods, linesFor });
    for (const way of WAYS) await admitAll(way);
  });
  afterAll(async () => {
    await ways?.close();
    second?.close();
    pods?.close();
  });

  async function admitAll(way: Way): Promise<void> {
    await ways.use(way);
    for (const one of CORPUS) {
      const pod = (await pods.create(podOf(one))) as KubeObject & PodManifest;
      admitted[way][one.name] = pod;
      repeated[way][one.name] = (await pods.create(again(pod))) as KubeObject & PodManifest;
    }
  }

  const of = (way: Way, { name }: InjectionCase): KubeObject & PodManifest =>
    admitted[way][name] as KubeObject & PodManifest;

  describe.each(['policy', 'webhook', 'both'] as const)('by %s', (way) => {
    test.each(CORPUS)('$name', (one) => {
      const pod = of(way, one);
      expect(outcomeOf(pod, of('none', one))).toEqual(one.expect);
      expect(sleepsBeyondGrace(pod)).toEqual([]);
    });

    test('a pod that was admitted is admitted again as it is', () => {
      for (const one of CORPUS)
        expect(writtenOf(repeated[way][one.name] as KubeObject & PodManifest)).toEqual(writtenOf(of(way, one)));
    });
  });

  test('policy, webhook and both write the same into every pod', () => {
    const by = (way: Way) => Object.fromEntries(CORPUS.map((one) => [one.name, writtenOf(of(way, one))]));
    expect(by('webhook')).toEqual(by('policy'));
    expect(by('both')).toEqual(by('policy'));
  });

  test('without injection no pod of the corpus is touched', () => {
    for (const one of CORPUS) {
      const given = podOf(one);
      expect(of('none', one).spec.readinessGates).toEqual(given.spec.readinessGates);
      expect(of('none', one).metadata.annotations).toEqual(given.metadata.annotations);
    }
  });

  test('nothing that the webhook was asked was unreadable', () => expect(ways.problems).toEqual([]));

  test('what the fast tests compare with is what this API server does', async () => {
    const lines = CORPUS.map((one) => {
      const recorded = { plain: writtenOf(of('none', one)), injected: writtenOf(of('policy', one)) };
      return `${JSON.stringify(one.name)}: ${JSON.stringify(recorded)}`;
    });
    await expect(`{\n${lines.join(',\n')}\n}\n`).toMatchFileSnapshot('../fixtures/injection.json');
  });
});

function surroundings(): NewObject[] {
  const namespace = (name: string): NewObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const lines = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: PROBE, name: 'podwire-drain' } };
  return [
    namespace('podwire-system'),
    namespace(PROBE),
    ...CORPUS.flatMap(surroundingsOf),
    { ...lines, data: PROBE_LINES },
  ];
}

function linesFor(namespace: string, first: boolean): Record<string, string>[] {
  const of = CORPUS.find((one) => namespaceOf(one) === namespace);
  const own = namespace === PROBE ? PROBE_LINES : (of?.lines ?? {});
  return first ? [own, FIXED_LINES] : [own];
}
