import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CONTROL_PLANE_TOOLS } from '../../scripts/tool-cache.ts';
import { NAMES } from '../../src/admission/installation.ts';
import { USUAL_INSTALLATION } from '../../src/admission/manifests.ts';
import { injectionPolicy } from '../../src/admission/policy.ts';
import { webhookConfiguration } from '../../src/admission/webhook.ts';
import { GATE, INJECT } from '../../src/api/pod.ts';
import { EventRecorder } from '../../src/kube/events.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { OPERATOR_RIGHTS, RELEASE_RIGHTS } from '../../src/kube/rights.ts';
import { until } from '../../src/local/until.ts';
import { releaseCluster } from '../../src/release/release.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { describeWith } from '../tools.ts';
import { ALONE, AT_RELEASE, AT_START, AT_WORK, type Effect } from './rights-effects.ts';
import { SCENES } from './rights-scenes.ts';
import { openRightsWorld, refusalOf, type Replica, type RightsWorld, type Row, rowsOf } from './rights-world.ts';

/** What takes longer than this is not told. */
const PATIENCE_MS = 90_000;

const ROWS = rowsOf(OPERATOR_RIGHTS);
const RELEASE_ROWS = rowsOf(RELEASE_RIGHTS);
const EVERY = { rows: ROWS.map(({ id }) => id), table: Object.keys({ ...AT_START, ...AT_WORK, ...ALONE }) };

/** The rows of a table, each with a number: names in the cluster come from it. */
const numbered = <One>(rows: Row[], table: Record<string, One>) =>
  rows.flatMap((row, number) => {
    const effect = table[row.id];
    return effect === undefined ? [] : [[row.id, { row, number, effect }] as const];
  });

const WEB = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'podwire' } };

test('R3x: what the loss of each right does is written down', () => {
  expect(EVERY.table.toSorted()).toEqual(EVERY.rows.toSorted());
  expect(Object.keys(AT_RELEASE).toSorted()).toEqual(RELEASE_ROWS.map(({ id }) => id).toSorted());
});

describeWith(CONTROL_PLANE_TOOLS, 'R3x: each right taken away from the operator on a real control plane', () => {
  let world: RightsWorld;
  let failed = false;
  beforeAll(async () => {
    world = await openRightsWorld();
    await world.kubectl.apply({ ...WEB, spec: { controller: 'podwire.dev/alb' } });
  });
  afterEach(({ task }) => void (failed ||= task.result?.state === 'fail'));
  afterAll(async () => world?.close(failed));

  describe('the hook of the chart', () => {
    test.each(numbered(RELEASE_ROWS, AT_RELEASE))('R3x: without %s it ends and says so', async (_, { row }) => {
      const pod = { metadata: { name: 'gated', namespace: 'default' } };
      const spec = { containers: [{ name: 'web', image: 'web' }], readinessGates: [{ conditionType: GATE }] };
      await world.kubectl.apply({ apiVersion: 'v1', kind: 'Pod', ...pod, spec });
      await world.grant('hook', RELEASE_RIGHTS, row);
      const kube = await world.apiOf('hook');
      const told = { controllerId: '', keepLoadBalancers: false, removeFinalizers: false, tell: () => undefined };
      await expect(releaseCluster({ kube, clock: realClock, ...told })).rejects.toThrow(refusalOf(row));
    });
  });

  describe('an operator that starts', () => {
    beforeAll(async () => {
      await world.kubectl('delete', 'pod', 'gated', '--force');
      const labels = { [INJECT]: 'enabled' };
      await world.kubectl.apply(
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'labelled', labels } },
        webhookConfiguration(USUAL_INSTALLATION, 'https://127.0.0.1:1'),
        ...injectionPolicy(USUAL_INSTALLATION),
      );
    });
    afterAll(async () => {
      await world.kubectl('delete', 'mutatingwebhookconfiguration', NAMES.webhook);
      await world.kubectl('delete', 'mutatingadmissionpolicybinding,mutatingadmissionpolicy', '--all');
    });

    test.concurrent.each(numbered(ROWS, AT_START))('R3x: without %s it says so', async (_, { row, number, effect }) => {
      const namespace = `start-${number}`;
      await world.grant(namespace, OPERATOR_RIGHTS, row);
      if (row.verb === 'patch' && row.right.resource === RESOURCES.secret)
        await world.kubectl('create', 'secret', 'generic', '-n', namespace, NAMES.service);
      const replica = await world.start(namespace, effect.flags ?? []);
      try {
        await untilTold({ row, effect, namespace, replica, log: replica.log });
      } finally {
        await replica.program.kill(); // left running it would do what others are not to do
      }
    });
  });

  describe('an operator that works', () => {
    let replica: Replica;
    beforeAll(async () => {
      await world.grant('live', OPERATOR_RIGHTS);
      replica = await world.start('live', []);
      await until('it is ready', async () => (await replica.ready())?.status === 200);
    });

    test('control: with every right nothing is refused', async () => {
      const log = await replica.mark();
      for (const [number, scene] of Object.values(SCENES).entries()) {
        await scene.prepare?.(world, `control-${number}`);
        await scene.act(world, `control-${number}`);
      }
      await until('a record of all of them', everyRecord);
      expect(await log()).not.toContain('forbidden');
    });

    test.each(numbered(ROWS, AT_WORK))('R3x: without %s it says so', async (_, { row, number, effect }) => {
      const scene = SCENES[effect.scene];
      const namespace = `work-${number}`;
      if (scene?.prepare) await world.grant('live', OPERATOR_RIGHTS);
      await scene?.prepare?.(world, namespace);
      await world.grant('live', OPERATOR_RIGHTS, row);
      const log = await replica.mark();
      await scene?.act(world, namespace);
      await untilTold({ row, effect, namespace, replica, log });
    });

    test('given back, every Ingress that waited is served', async () => {
      await world.grant('live', OPERATOR_RIGHTS);
      await replica.program.kill();
      await world.start('live', []);
      await until('a record of all of them', everyRecord);
    });

    test.each(numbered(ROWS, ALONE))('R3x: without %s the recorder says so', async (_, { row }) => {
      await world.grant('alone', OPERATOR_RIGHTS, row);
      let ahead = 0;
      const lost = Promise.withResolvers<unknown>();
      const clock = { ...realClock, now: () => realClock.now() + ahead };
      const kube = await world.apiOf('alone');
      const recorder = new EventRecorder({ kube, clock, instance: 'alone', onLost: (error) => lost.resolve(error) });
      const about = { kind: 'Ingress', namespace: 'alone', name: 'web', uid: 'u' };
      const text = { type: 'Warning', reason: 'Denied', message: 'again and again' } as const;
      recorder.record(about, text);
      await recorder.flush();
      expect(recorder.lost).toBe(0);
      ahead = 301_000;
      recorder.record(about, text);
      expect(String(await lost.promise)).toContain(refusalOf(row));
    });
  });

  /** Whether every Ingress has a load balancer that was made, and no other has one. */
  async function everyRecord(): Promise<boolean> {
    const ingresses = await world.kube.list(RESOURCES.ingress);
    const made = await world.kube.list(RESOURCES.loadBalancer);
    const applied = made.filter(({ status }) => (status as { appliedHash?: string } | undefined)?.appliedHash);
    const names = ingresses.map(({ metadata }) => `ingress.${metadata.namespace}.${metadata.name}`);
    return isDeepStrictEqual(applied.map(({ metadata }) => metadata.name).toSorted(), names.toSorted());
  }

  type Telling = { row: Row; effect: Effect; namespace: string; replica: Replica; log: () => Promise<string> };

  async function untilTold({ row, effect, namespace, replica, log }: Telling): Promise<void> {
    const refusal = refusalOf(row);
    const places: Record<Effect['told'][number], () => Promise<boolean>> = {
      log: async () => (await log()).includes(refusal),
      end: async () => !replica.program.running() && (await log()).includes(refusal),
      readyz: async () => {
        const { status, body } = (await replica.ready()) ?? {};
        return status === 503 && (body?.toLowerCase() ?? '').includes(row.right.resource.kind.toLowerCase());
      },
      event: async () => {
        const events = await world.kube.list(RESOURCES.event, { namespace });
        return events.some((event) => String(event['note']).includes(refusal));
      },
      condition: async () => {
        const groups = await world.kube.list(RESOURCES.targetGroup, { namespace });
        return JSON.stringify(groups.map(({ status }) => status))
          .replaceAll('\\"', '"')
          .includes(refusal);
      },
    };
    for (const place of effect.told) await until(`${row.id} told by ${place}`, places[place], PATIENCE_MS);
  }
});
