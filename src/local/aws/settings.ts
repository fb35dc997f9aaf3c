import { checkPolicy } from './iam/evaluation.ts';
import type { Policy } from './iam/policy.ts';
import { REGION, vpcOf, type ZoneSetting } from '../vpc.ts';

export type Range = { min: number; max: number };

/** What a load balancer node learns with a lag of its own: see the settings `changeLagMs` and `nlbChangeLagMs`. */
export type ChangeKind = 'register' | 'deregister' | 'health' | 'listener';
const CHANGE_KINDS: readonly ChangeKind[] = ['register', 'deregister', 'health', 'listener'];
export type Bucket = { perSecond: number; burst: number };

/** A call that goes wrong on purpose. */
export type Fault = {
  /** Action to hit, for example `RegisterTargets`; `*` for every action. */
  action: string;
  /** Error code to answer, for example `Throttling` or `InternalFailure`. */
  code: string;
  message?: string;
  httpStatus?: number;
  /**
   * `before`: nothing happens. `after`: the call takes effect and only its answer is lost. `half`: of RegisterTargets and
   * DeregisterTargets the first half of the targets takes effect; other calls as `before`.
   */
  when?: 'before' | 'after' | 'half';
  /** Milliseconds until the error is answered: longer than a client waits, and the call times out. */
  delayMs?: number;
  /** Milliseconds from now on in which calls are hit; without it there is no end. */
  forMs?: number;
  /** Clock.monotonic() at which that time is over; set from `forMs`. */
  until?: number;
  /** Chance of each call, 0–1, from the seed. */
  probability?: number;
  /** Number of calls still to hit; without it and without `probability` every call. */
  next?: number;
};

export type LocalAwsSettings = {
  region: string;
  accountId: string;
  clusterName: string;
  vpcId: string;
  vpcCidr: string;
  zones: ZoneSetting[];
  ipv6: boolean;
  seed: number;
  latencyMs: number;
  throttling: 'off' | 'aws' | Record<string, Bucket>;
  quotas: Record<string, number>;
  faults: Fault[];
  consistencyLagMs: number;
  provisioningMs: number;
  registrationMs: number;
  networkInterfaceLingerMs: number;
  propagationLagMs: Range;
  nlbPropagationLagMs: Range;
  changeLagMs: Partial<Record<ChangeKind, Range>>;
  nlbChangeLagMs: Partial<Record<ChangeKind, Range>>;
  registrationEnds: 'everywhere' | 'at-once';
  blackholes: string[];
  reregistration: 'accept' | 'refuse' | 'stay-draining';
  policies: Record<string, Policy>;
};

const VPC = vpcOf();

type SettingsTable = { [K in keyof LocalAwsSettings]: { value: LocalAwsSettings[K]; about: string } };

/** Every setting with its default and what it does. */
export const SETTINGS: SettingsTable = {
  region: { value: REGION, about: 'Region in ARNs and names of zones.' },
  accountId: { value: '123456789012', about: 'Account that owns everything.' },
  clusterName: { value: 'local', about: 'Cluster whose tag the node security group carries.' },
  vpcId: { value: 'vpc-0a1b2c3d4e5f60718', about: 'Id of the default VPC.' },
  vpcCidr: { value: VPC.vpcCidr, about: 'Addresses of the default VPC.' },
  zones: { value: VPC.zones, about: 'Zones of the default VPC, each with one public and one private subnet.' },
  ipv6: { value: false, about: 'Whether the default VPC and its subnets also have IPv6 blocks.' },
  seed: { value: 1, about: 'Seed of ids, lags and faults: the same seed gives the same run.' },
  latencyMs: { value: 0, about: 'Time added to every call.' },
  throttling: { value: 'off', about: 'Token buckets per API family: off, aws, or {family: {perSecond, burst}}.' },
  quotas: { value: {}, about: 'Quotas that differ from the AWS defaults, by their DescribeAccountLimits name.' },
  faults: { value: [], about: 'Calls that go wrong on purpose.' },
  consistencyLagMs: { value: 0, about: 'Time before other calls see a new listener or a released target group.' },
  provisioningMs: { value: 0, about: 'Time a new load balancer stays in provisioning.' },
  registrationMs: { value: 500, about: 'Time a new target stays in Elb.RegistrationInProgress.' },
  networkInterfaceLingerMs: { value: 3000, about: 'Time the network interfaces of a deleted load balancer live on.' },
  propagationLagMs: {
    value: { min: 1000, max: 4000 },
    about: 'Time after which a load balancer node acts on a change: each node and change draws its own.',
  },
  nlbPropagationLagMs: {
    value: { min: 60_000, max: 120_000 },
    about: 'The same for what a node of a network load balancer learns of targets.',
  },
  changeLagMs: {
    value: {},
    about: 'Other lags of ALB nodes for some changes: {register, deregister, health, listener}, each {min, max}.',
  },
  nlbChangeLagMs: { value: {}, about: 'The same for nodes of network load balancers.' },
  registrationEnds: {
    value: 'everywhere',
    about: 'When Elb.RegistrationInProgress ends: when every node knows the target, or at-once after registrationMs.',
  },
  blackholes: { value: [], about: 'Addresses and CIDRs in the VPC to which no new connection gets through.' },
  reregistration: { value: 'accept', about: 'What registering a draining target does.' },
  policies: {
    value: {},
    about:
      'IAM policies by the beginning of the access keys they hold for, the longest first; without one a caller may do everything.',
  },
};

const SETTING_NAMES = Object.keys(SETTINGS) as (keyof LocalAwsSettings)[];

/** The defaults with `changes` on top. Throws on a name that is not a setting. */
export function withSettings(changes: Partial<LocalAwsSettings>, base?: LocalAwsSettings): LocalAwsSettings {
  const unknown = Object.keys(changes).filter((name) => !(SETTING_NAMES as string[]).includes(name));
  if (unknown.length > 0)
    throw new Error(`settings of local AWS: unknown ${unknown.join(', ')}; known: ${SETTING_NAMES.join(', ')}`);
  for (const name of SETTING_NAMES) if (name in changes) checkKind(name, changes[name]);
  for (const name of ['changeLagMs', 'nlbChangeLagMs'] as const) checkLags(name, changes[name] ?? {});
  for (const policy of Object.values(changes.policies ?? {})) checkPolicy(policy);
  const from =
    base ?? (Object.fromEntries(SETTING_NAMES.map((name) => [name, SETTINGS[name].value])) as LocalAwsSettings);
  return { ...structuredClone(from), ...structuredClone(changes) };
}

/** Refuses a value of another kind than the default has; throttling may be a word or a table. */
function checkKind(name: keyof LocalAwsSettings, given: unknown): void {
  const wanted = name === 'throttling' && typeof given === 'object' ? 'object' : kindOf(SETTINGS[name].value);
  if (kindOf(given) === wanted) return;
  throw new Error(`settings of local AWS: ${name}: wanted ${wanted}, given ${JSON.stringify(given)}`);
}

function checkLags(name: string, lags: object): void {
  const unknown = Object.keys(lags).filter((kind) => !(CHANGE_KINDS as readonly string[]).includes(kind));
  if (unknown.length === 0) return;
  throw new Error(`settings of local AWS: ${name}: unknown ${unknown.join(', ')}; known: ${CHANGE_KINDS.join(', ')}`);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}
