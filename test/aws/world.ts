import { createAccount, type Account } from '../../src/aws/account.ts';
import type { Ec2Api, ElbApi } from '../../src/aws/api.ts';
import { applySteps, type ApplyResult } from '../../src/aws/apply.ts';
import { Budget } from '../../src/aws/budget.ts';
import { observeStack } from '../../src/aws/observe.ts';
import { LocalAws } from '../../src/local/aws/aws.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import type { LocalAwsSettings } from '../../src/local/aws/settings.ts';
import type { LoadBalancer } from '../../src/local/aws/state.ts';
import type { Stack } from '../../src/model/stack.ts';
import { planStack } from '../../src/plan/stack.ts';
import type { Step } from '../../src/plan/step.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { CLUSTER, type SampleOptions, sampleStack } from '../plan/sample.ts';

export type World = { clock: VirtualClock; aws: LocalAws };
export type Apis = { elb: ElbApi; ec2: Ec2Api };

/** Local AWS in virtual time. Network interfaces of a deleted load balancer go at once unless asked for otherwise. */
export function createWorld(settings: Partial<LocalAwsSettings> = {}): World {
  const clock = new VirtualClock();
  return { clock, aws: new LocalAws({ clock, settings: { networkInterfaceLingerMs: 0, ...settings } }) };
}

export const apisOf = ({ aws }: World): Apis => ({ elb: localElbApi(aws), ec2: localEc2Api(aws) });

/** A freshly started operator's view of AWS. */
export function openAccount(world: World, apis: Apis = apisOf(world), cluster = CLUSTER): Account {
  const budget = new Budget({ clock: world.clock });
  const { elb, ec2 } = apis;
  return createAccount({
    elb: budget.elb(elb),
    ec2: budget.ec2(ec2),
    clock: world.clock,
    cluster,
    vpcId: world.aws.settings.vpcId,
  });
}

/** The sample stack on the subnets of this AWS. */
export function stackIn({ aws }: World, options: SampleOptions = {}): Stack {
  const open = [...aws.state.subnets.values()].filter((subnet) => subnet.mapPublicIpOnLaunch);
  return sampleStack({ vpcId: aws.settings.vpcId, subnets: open.map(({ id }) => id).sort(), ...options });
}

export async function planOf(account: Account, key: string, wanted: Stack | undefined): Promise<Step[]> {
  return planStack(wanted, await observeStack(account, key, wanted));
}

/** One pass, as the controller does it. */
export async function pass(account: Account, key: string, wanted: Stack | undefined): Promise<ApplyResult> {
  return applySteps(account, await planOf(account, key, wanted));
}

const PASSES = 12;

/** Passes until nothing is left to do; throws when there is no end. */
export async function converge(account: Account, key: string, wanted: Stack | undefined): Promise<number> {
  for (let count = 0; count < PASSES; count++) {
    const steps = await planOf(account, key, wanted);
    if (steps.length === 0) return count;
    await applySteps(account, steps);
  }
  const left = await pass(account, key, wanted);
  throw new Error(
    `no end after ${PASSES} passes: ${JSON.stringify(left.failed.map(({ step, error }) => [step.id, error.message]))}`,
  );
}

/** The only load balancer there is. */
export function onlyLoadBalancer({ aws }: World): LoadBalancer {
  const [loadBalancer] = aws.state.loadBalancers.values();
  if (!loadBalancer) throw new Error('there is no load balancer');
  return loadBalancer;
}

/** What AWS holds, without the ids that differ from run to run; the node and default security groups left out. */
export function shapeOf({ aws }: World): string[] {
  const { loadBalancers, listeners, rules, targetGroups, securityGroups } = aws.state;
  const portOf = (arn: string) => listeners.get(arn)?.port;
  const groupName = (arn: string | undefined) => targetGroups.get(arn ?? '')?.name;
  const lines = [
    ...[...loadBalancers.values()].map(
      ({ name, scheme, securityGroups: groups }) => `load-balancer ${name} ${scheme} groups=${groups.length}`,
    ),
    ...[...listeners.values()].map(({ port, protocol }) => `listener ${port} ${protocol}`),
    ...[...rules.values()].map(({ listenerArn, priority, conditions, actions }) => {
      const values = conditions.flatMap(
        (each) => each.HostHeaderConfig?.Values ?? each.PathPatternConfig?.Values ?? [],
      );
      const targets = actions.map((each) =>
        groupName(each.TargetGroupArn ?? each.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn),
      );
      return `rule ${portOf(listenerArn)} ${priority} ${values.join(' ')} ${targets.join(' ')}`;
    }),
    ...[...targetGroups.values()].map(
      ({ name, protocol, healthCheck }) => `target-group ${name} ${protocol} ${healthCheck.path}`,
    ),
    ...[...securityGroups.values()]
      .filter(({ name }) => name !== 'default' && name !== 'nodes')
      .map(
        ({ name, rules: own }) =>
          `security-group ${name} ${own
            .filter(({ egress }) => !egress)
            .map(({ fromPort, cidr }) => `${fromPort}=${cidr}`)
            .sort()
            .join(',')}`,
      ),
  ];
  return lines.sort();
}

/** The process dies right after its call number `count` has taken effect: that answer and all later ones never come. */
export function dyingApis(apis: Apis, count: number): { apis: Apis; died: Promise<'died'>; sent: () => number } {
  const death = Promise.withResolvers<'died'>();
  let sent = 0;
  const mortal = <Api extends object>(api: Api): Api =>
    new Proxy(api, {
      get: (target, method) => async (input: unknown) => {
        if (sent >= count) return new Promise(() => undefined);
        sent += 1;
        const last = sent === count;
        const call = (target as Record<string | symbol, (input: unknown) => Promise<unknown>>)[method];
        const answer = await call?.(input).catch((error: unknown) => (last ? undefined : Promise.reject(error)));
        if (!last) return answer;
        death.resolve('died');
        return new Promise(() => undefined);
      },
    });
  return { apis: { elb: mortal(apis.elb), ec2: mortal(apis.ec2) }, died: death.promise, sent: () => sent };
}

/** Lets time pass until the work is done. */
export async function inTime<Value>({ clock }: World, work: Promise<Value>): Promise<Value> {
  let settled = false;
  const end = () => {
    settled = true;
  };
  work.then(end, end);
  await clock.runUntil(() => settled, 24 * 3_600_000);
  return work;
}
