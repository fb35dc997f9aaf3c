import { readFileSync } from 'node:fs';
import { applyPatch } from 'rfc6902';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INJECTED } from '../../src/api/pod.ts';
import { injectPod, type PodManifest } from '../../src/model/injection.ts';
import { CORPUS, FIXED_LINES, type InjectionCase } from '../injection/corpus.ts';
import { outcomeOf, podOf, sleepsBeyondGrace, type Written, writtenOf } from '../injection/pods.ts';

/** What a real API server (1.36) made of every pod of the corpus: without injection, and by policy and webhook. */
type Recorded = Record<string, { plain: Written; injected: Written }>;
const recorded = JSON.parse(readFileSync('test/fixtures/injection.json', 'utf8')) as Recorded;

const linesOf = ({ lines = {}, labelled }: InjectionCase) => (labelled ? [lines, FIXED_LINES] : [lines]);

function injected<T extends PodManifest>(pod: T, lines: Record<string, string>[]): T {
  const result = structuredClone(pod);
  const failed = applyPatch(result, injectPod(result, lines)).filter((error) => error !== null);
  expect(failed).toEqual([]);
  return result;
}

/** As admission runs: our webhook, the one that adds its container, ours again. */
function admitted(pod: PodManifest, one: InjectionCase): PodManifest {
  const first = injected(pod, linesOf(one));
  const added = one.added as PodManifest['spec']['containers'][number] | undefined;
  if (added !== undefined && !first.spec.containers.some(({ name }) => name === added.name))
    first.spec.containers.push(added);
  return injected(first, linesOf(one));
}

describe('each pod of the corpus', () => {
  test.each(CORPUS)('$name', (one) => {
    const pod = podOf(one);
    const result = admitted(pod, one);
    expect(outcomeOf(result, pod)).toEqual(one.expect);
    expect(sleepsBeyondGrace(result)).toEqual([]);
    expect(injectPod(result, linesOf(one))).toEqual([]);
  });

  test.each(CORPUS)('as the API server has it: $name', (one) => {
    const { plain, injected: wanted } = recorded[one.name] as Recorded[string];
    const { labels = {} } = podOf(one).metadata;
    const result = injected({ metadata: { labels, annotations: plain.annotations }, spec: plain.spec }, linesOf(one));
    expect(writtenOf(result)).toEqual(wanted);
  });
});

test('the corpus is what was recorded', () => {
  expect(Object.keys(recorded)).toEqual(CORPUS.map(({ name }) => name));
});

describe('any pod and any lines', () => {
  const name = fc.constantFrom('app', 'b', 'mesh');
  const hook = fc.oneof(
    fc.record({ sleep: fc.record({ seconds: fc.integer({ min: 1, max: 60 }) }) }),
    fc.constant({ exec: { command: ['true'] } }),
  );
  const probe = fc.record({ terminationGracePeriodSeconds: fc.integer({ min: 1, max: 60 }) }, { requiredKeys: [] });
  const container = fc.record(
    { name, lifecycle: fc.record({ preStop: hook }, { requiredKeys: [] }), livenessProbe: probe, startupProbe: probe },
    { requiredKeys: ['name'] },
  );
  const annotations = fc.record(
    {
      [INJECTED.preStopSeconds]: fc.oneof(fc.nat({ max: 200 }).map(String), fc.string()),
      [INJECTED.appGraceSeconds]: fc.oneof(fc.nat({ max: 200 }).map(String), fc.string()),
      [INJECTED.containers]: fc.constantFrom('app', 'app,b', ',', 'mesh'),
      'podwire.dev/drain': fc.constantFrom('on', 'off'),
    },
    { requiredKeys: [] },
  );
  const containers = fc.uniqueArray(container, { minLength: 1, maxLength: 3, selector: (one) => one.name });
  const pods = fc.record({
    metadata: fc.record({ labels: fc.dictionary(name, name), annotations }, { requiredKeys: [] }),
    spec: fc.record(
      {
        containers,
        terminationGracePeriodSeconds: fc.integer({ min: 60, max: 600 }),
        readinessGates: fc.array(fc.record({ conditionType: name })),
        restartPolicy: fc.constantFrom('Always', 'Never'),
      },
      { requiredKeys: ['containers', 'terminationGracePeriodSeconds'] },
    ),
  }) as fc.Arbitrary<PodManifest>;
  const line = fc.oneof(
    fc
      .tuple(
        fc.nat({ max: 300 }),
        fc.boolean(),
        fc.constantFrom('preserve', 'off'),
        fc.constantFrom('', 'app=b', 'app=app'),
      )
      .map(([seconds, gate, liveness, selector]) => `v1;${seconds};${gate};${liveness};${selector}`),
    fc.string(),
  );
  const lines = fc.dictionary(name, line);

  test('a second time changes nothing, and no sleep is longer than the grace', () => {
    fc.assert(
      fc.property(pods, lines, (pod, some) => {
        const once = injected(pod, [some]);
        expect(injectPod(once, [some])).toEqual([]);
        expect(sleepsBeyondGrace(once)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('H13: two operators that both write into a pod give the same in either order, and nothing the second time', () => {
    const inject = (pod: PodManifest, some: Record<string, string>, id: string): PodManifest => {
      const result = structuredClone(pod);
      expect(applyPatch(result, injectPod(result, [some], id)).filter((error) => error !== null)).toEqual([]);
      return result;
    };
    const sorted = ({ spec, ...pod }: PodManifest) => ({
      ...pod,
      spec: { ...spec, readinessGates: spec.readinessGates?.map((gate) => gate.conditionType).toSorted() },
    });
    fc.assert(
      fc.property(pods, lines, lines, (pod, a, b) => {
        const both = inject(inject(pod, a, ''), b, 'blue');
        const [again, once] = [inject(inject(both, a, ''), b, 'blue'), inject(inject(both, b, 'blue'), a, '')];
        expect(sorted(inject(inject(pod, b, 'blue'), a, ''))).toEqual(sorted(once));
        expect([again, once]).toEqual([both, both]);
        expect(sleepsBeyondGrace(both)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('two sets of lines give the same in one go, one after the other and the other way round', () => {
    fc.assert(
      fc.property(pods, lines, lines, (pod, a, b) => {
        const together = injected(pod, [a, b]);
        expect(injected(injected(pod, [a]), [b])).toEqual(together);
        expect(injected(injected(pod, [b]), [a])).toEqual(together);
      }),
      { numRuns: 2_000 },
    );
  });
});
