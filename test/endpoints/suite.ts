import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAPABILITY_NAMES, can, type Measured, measure } from './capabilities.ts';
import { type Case, needsOf } from './case.ts';
import { CHANGES } from './cases/changes.ts';
import { ERRORS } from './cases/errors.ts';
import { GOLDEN } from './cases/golden.ts';
import { LIFECYCLE } from './cases/lifecycle.ts';
import { NETWORK } from './cases/network.ts';
import { OWNERSHIP } from './cases/ownership.ts';
import { TARGETS } from './cases/targets.ts';
import { TRAFFIC } from './cases/traffic.ts';
import { complaintOf } from './deviations.ts';
import type { Endpoint } from './endpoint.ts';
import type { Outcomes } from './outcomes.ts';
import { discoverRegion, type Region } from './region.ts';
import { Tenant } from './tenant.ts';

const SUBJECTS: Record<string, Case[]> = {
  lifecycle: LIFECYCLE,
  changes: CHANGES,
  ownership: OWNERSHIP,
  network: NETWORK,
  targets: TARGETS,
  errors: ERRORS,
  traffic: TRAFFIC,
  'golden cases': GOLDEN,
};

type Ground = { endpoint: Endpoint; region: Region; measured: Measured };

/** The endpoints run side by side, the tests of each one after another. */
const IN_TURN = { concurrent: false };

/** Every case against one endpoint. `known` ones must deviate from AWS exactly as `deviations.ts` says. */
export function describeEndpoint(options: { open: () => Promise<Endpoint>; known: boolean; outcomes: Outcomes }): void {
  const { outcomes } = options;
  let ground: Ground | undefined;
  const groundOf = (): Ground => ground as Ground;
  beforeAll(async () => {
    const endpoint = await options.open();
    const region = await discoverRegion(endpoint);
    ground = { endpoint, region, measured: await measure(region) };
    outcomes.measured(ground.measured);
  });
  afterAll(() => ground?.endpoint.close());
  if (options.known) describeDeviations(outcomes.endpoint, groundOf);
  for (const [subject, cases] of Object.entries(SUBJECTS))
    describe(subject, IN_TURN, () => {
      for (const one of cases) declare(one, groundOf, outcomes);
    });
}

function describeDeviations(endpoint: string, groundOf: () => Ground): void {
  describe('L2: deviates from AWS where it is known to, and nowhere else', IN_TURN, () => {
    test.each(CAPABILITY_NAMES)('%s', (name) => {
      expect(complaintOf(endpoint, name, groundOf().measured)).toBeUndefined();
    });
  });
}

function declare(one: Case, groundOf: () => Ground, outcomes: Outcomes): void {
  const needs = needsOf(one);
  test(one.name, async ({ skip }) => {
    const { region, measured } = groundOf();
    const lacking = needs.filter((name) => !can(measured, name));
    if (lacking.length > 0) {
      outcomes.add(one, { needs, result: 'skipped', lacking });
      return skip(lacking.map((name) => `${outcomes.endpoint} lacks ${name}: ${measured[name]}`).join('; '));
    }
    const failure = await runIn(new Tenant(region), one).catch((error: unknown) => ({ error }));
    outcomes.add(one, { needs, result: failure ? 'failed' : 'passed' });
    if (failure) throw failure.error;
  });
}

async function runIn(tenant: Tenant, one: Case): Promise<void> {
  try {
    await one.run(tenant);
  } finally {
    await tenant.clear();
  }
}
