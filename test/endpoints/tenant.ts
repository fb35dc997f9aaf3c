import { randomUUID } from 'node:crypto';
import { type Account, createAccount } from '../../src/aws/account.ts';
import { applySteps, type ApplyResult } from '../../src/aws/apply.ts';
import { deleteUnusedBackendSecurityGroup } from '../../src/aws/apply/security-group.ts';
import { Budget } from '../../src/aws/budget.ts';
import type { Stack } from '../../src/model/stack.ts';
import type { ClusterIdentity } from '../../src/model/tags.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { type Apis, pass, planOf } from '../aws/world.ts';
import { type SampleOptions, sampleStack } from '../plan/sample.ts';
import { readHoldings } from './holdings.ts';
import type { Region } from './region.ts';
import { Scratch } from './scratch.ts';

const PASSES = 15;
const PAUSE_MS = 100;

/** One cluster of its own in the region of an endpoint, and what a test does by hand beside it. */
export class Tenant {
  readonly region: Region;
  readonly scratch: Scratch;
  readonly cluster: ClusterIdentity;
  readonly #made = new Set<string>();

  constructor(region: Region, cluster: ClusterIdentity = { name: 'suite', uid: randomUUID() }) {
    this.region = region;
    this.cluster = cluster;
    this.scratch = new Scratch(region);
  }

  /** The view of an operator that has just started. */
  account({ elb: plainElb, ec2: plainEc2 }: Apis = this.region): Account {
    const budget = new Budget({ clock: realClock });
    const [elb, ec2] = [budget.elb(plainElb), budget.ec2(plainEc2)];
    return createAccount({ elb, ec2, clock: realClock, cluster: this.cluster, vpcId: this.region.vpcId });
  }

  /** The sample stack on the subnets of the region; each cluster has names of its own. */
  stack(options: SampleOptions = {}): Stack {
    const { vpcId, subnets } = this.region;
    const ids = subnets.flatMap(({ SubnetId }) => SubnetId ?? []).sort();
    const key = `ingress/${this.cluster.uid.slice(0, 8)}/web`;
    return sampleStack({ key, vpcId, subnets: ids, cluster: this.cluster, ...options });
  }

  /** Passes until nothing is left to do, as an operator that starts anew would see it. */
  async converge(key: string, wanted: Stack | undefined, account = this.account()): Promise<void> {
    if (wanted) this.#made.add(key);
    let last: ApplyResult | undefined;
    for (let count = 0; count < PASSES; count++) {
      const steps = await planOf(account, key, wanted);
      if (steps.length === 0) return;
      last = await applySteps(account, steps);
      if (last.failed.length > 0) await realClock.sleep(PAUSE_MS);
    }
    const failed = last?.failed.map(({ step, error }) => `${step.id}: ${error.message}`);
    throw new Error(`no end after ${PASSES} passes: ${failed?.join('; ') || 'the same plan again and again'}`);
  }

  async pass(wanted: Stack, account = this.account()): Promise<ApplyResult> {
    this.#made.add(wanted.key);
    return pass(account, wanted.key, wanted);
  }

  /** What is left to do, as ids of steps. */
  async plan(key: string, wanted: Stack | undefined): Promise<string[]> {
    return (await planOf(this.account(), key, wanted)).map(({ id }) => id);
  }

  async remove(key: string, account = this.account()): Promise<void> {
    await this.converge(key, undefined, account);
    await deleteUnusedBackendSecurityGroup(account);
    this.#made.delete(key);
  }

  /** What AWS has of this cluster, read without Podwire: one line a resource. */
  holdings(): Promise<string[]> {
    return readHoldings(this.region, this.cluster.uid);
  }

  /** Whatever the test left, by hand or through Podwire. */
  async clear(): Promise<void> {
    for (const key of this.#made) await this.remove(key).catch(() => undefined);
    await this.scratch.clear();
  }
}
