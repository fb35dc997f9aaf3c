import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OPERATOR_RIGHTS } from '../../../src/kube/rights.ts';
import { DoctorWorld } from './doctor-world.ts';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'doctor', AWS_SECRET_ACCESS_KEY: 'doctor', AWS_EC2_METADATA_DISABLED: 'true' };
const before = { ...process.env };

let world: DoctorWorld;
beforeAll(() => void Object.assign(process.env, CREDENTIALS));
afterAll(() => void Object.assign(process.env, before));
beforeEach(async () => void (world = await DoctorWorld.open()));
afterEach(() => world.close());

describe('H11: a healthy installation', () => {
  test('has neither failure nor warning', async () => {
    const { code, findings } = await world.diagnose();
    expect(findings.filter(({ level }) => level === 'failure' || level === 'warning')).toEqual([]);
    expect(code).toBe(0);
  });

  test('nor for the account of the operator, with no right beyond its own', async () => {
    world.toKube.lies.rights = OPERATOR_RIGHTS;
    const { code, findings } = await world.diagnose();
    expect(findings.filter(({ level }) => level === 'failure' || level === 'warning')).toEqual([]);
    expect(code).toBe(0);
    expect(findings.filter(({ check, level }) => check === 'crds' && level === 'ok')).toHaveLength(4);
  });
});
