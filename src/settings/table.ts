import { DRAIN_SETTINGS } from './drain.ts';
import type { Setting } from './setting.ts';

type Group = Readonly<Record<string, Setting>>;

const CLUSTER = {
  clusterName: {
    kind: 'string',
    required: true,
    text: 'Name of the cluster; part of the tags of everything Podwire makes in AWS.',
  },
  controllerId: {
    kind: 'id',
    fallback: '',
    text: 'Tells the operators of one cluster apart where several releases serve it: each has an id of its own, and one may have none. It is given once: what was made under another id stays as it is. See docs/install.md.',
  },
  region: {
    alsoFrom: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    kind: 'string',
    required: true,
    text: 'AWS region of the cluster.',
  },
  vpcId: { kind: 'string', required: true, text: 'VPC of the cluster.' },
  kubeconfig: {
    alsoFrom: ['KUBECONFIG'],
    kind: 'string',
    text: "Kubeconfig file; without one the Pod's own service account, else ~/.kube/config.",
  },
  awsEndpointUrl: {
    alsoFrom: ['AWS_ENDPOINT_URL'],
    kind: 'string',
    text: 'Endpoint of AWS, for local AWS, LocalStack and the like.',
  },
} as const satisfies Group;

const DEFAULTS = {
  defaultTargetType: {
    kind: { oneOf: ['ip', 'instance'] },
    fallback: 'ip',
    text: 'Target type where neither Service, Ingress nor class says one.',
  },
  defaultScheme: {
    kind: { oneOf: ['internal', 'internet-facing'] },
    fallback: 'internal',
    text: 'Scheme of a load balancer where neither Ingress nor class says one.',
  },
  defaultSslPolicy: {
    kind: 'string',
    fallback: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
    text: 'Security policy of HTTPS listeners where nothing else is said.',
  },
  defaultTags: {
    kind: 'map',
    fallback: '',
    text: 'Tags on everything Podwire makes.',
  },
} as const satisfies Group;

const FALLBACK = {
  routableCidrs: {
    kind: 'cidrs',
    fallback: '',
    text: 'Address ranges outside the VPC that a load balancer reaches all the same (peered, advertised by BGP).',
  },
  fallbackAwaySeconds: {
    kind: 'seconds',
    fallback: '60',
    text: 'How long no Pod address of a group may be reachable before its targets become nodes.',
  },
  fallbackBackSeconds: {
    kind: 'seconds',
    fallback: '600',
    text: 'How long Pod addresses must have been reachable before targets that fell back to nodes become Pods again.',
  },
} as const satisfies Group;

const WORK = {
  workers: {
    kind: 'number',
    fallback: '16',
    text: 'Stacks that are worked on at once; target groups have as many again.',
  },
  sweepIntervalSeconds: {
    kind: 'number',
    unit: 'seconds',
    fallback: '900',
    text: 'How often what stands in AWS is compared with what should stand there, orphans included.',
  },
  takeOver: {
    kind: 'flag',
    fallback: 'false',
    text: 'Whether every TargetGroupBinding is served that the AWS Load Balancer Controller does not hold; else only those annotated podwire.dev/claim: "true".',
  },
} as const satisfies Group;

const LEASE = {
  leaderElect: {
    kind: 'flag',
    fallback: 'true',
    text: 'Whether a replica acts only while it holds the lease; the others keep everything ready and wait.',
  },
  leaseName: {
    kind: 'string',
    fallback: 'podwire',
    text: 'Name of the Lease; the same for all replicas of an operator. With a controllerId the default has that behind it.',
  },
  leaseNamespace: {
    alsoFrom: ['POD_NAMESPACE'],
    kind: 'string',
    fallback: 'kube-system',
    text: 'Namespace of the Lease; it must be there.',
  },
  leaseDurationSeconds: {
    kind: 'seconds',
    fallback: '10',
    text: 'How long the other replicas wait for a holder that says nothing.',
  },
  leaseRenewDeadlineSeconds: {
    kind: 'seconds',
    fallback: '7',
    text: 'How long after its last renewal a holder may still act; shorter than the duration.',
  },
  leaseRetrySeconds: {
    kind: 'seconds',
    fallback: '2',
    text: 'How often the lease is renewed, or looked at; at most half of the renew deadline.',
  },
} as const satisfies Group;

const INJECTION = {
  inject: {
    kind: { oneOf: ['auto', 'policy', 'webhook', 'off'] },
    fallback: 'auto',
    text: 'Who writes gate, sleep and grace into Pods: the admission policy, the webhook, or with `auto` the webhook where the policy is not installed. See docs/injection.md.',
  },
  webhookAddress: {
    kind: 'address',
    fallback: '0.0.0.0:9443',
    text: 'Where the webhook is served: host:port, or :port for every address.',
  },
  webhookSecret: {
    kind: 'string',
    fallback: 'podwire-webhook',
    text: 'Name of the Secret with the certificate of the webhook, in our own namespace; made and renewed by Podwire. With a controllerId the default has that behind it.',
  },
  ownNamespace: {
    alsoFrom: ['POD_NAMESPACE'],
    kind: 'string',
    fallback: 'podwire-system',
    text: 'Namespace that Podwire runs in; it must be there.',
  },
} as const satisfies Group;

const TELLING = {
  metricsAddress: {
    kind: 'addressOrOff',
    fallback: '0.0.0.0:8080',
    text: 'Where /metrics, /livez, /readyz and /loglevel are served: host:port, or `off`.',
  },
  profileAddress: {
    kind: 'addressOrOff',
    fallback: 'off',
    text: 'Where profiles of the process are served: host:port, :port for this machine alone, or `off`. See docs/logs.md.',
  },
  profileRemote: {
    kind: 'flag',
    fallback: 'false',
    text: 'Whether the address of the profiles may be one that others can reach: a heap snapshot holds every secret in memory.',
  },
  logLevel: {
    kind: { oneOf: ['trace', 'debug', 'info', 'warn', 'error'] },
    fallback: 'info',
    text: 'Least level that is logged.',
  },
  logFormat: {
    kind: { oneOf: ['auto', 'json', 'text'] },
    fallback: 'auto',
    text: 'JSON, or text for people; `auto` is text on a terminal.',
  },
} as const satisfies Group;

/** Every setting of `podwire run`, by what it is about. Flags, environment, config file, schema and documentation come from here. */
export const SETTING_GROUPS = {
  'The cluster': CLUSTER,
  'Where nothing else is said': DEFAULTS,
  'Fallback to nodes': FALLBACK,
  'Drain budget': DRAIN_SETTINGS,
  Work: WORK,
  Lease: LEASE,
  Injection: INJECTION,
  'Metrics and logs': TELLING,
} as const satisfies Record<string, Group>;

type Groups = typeof SETTING_GROUPS;
type Joined<G> = (G extends unknown ? (group: G) => void : never) extends (group: infer All) => void ? All : never;

/** The same without the groups. */
export const SETTINGS = Object.assign({}, ...Object.values(SETTING_GROUPS)) as Joined<Groups[keyof Groups]>;

export type SettingName = keyof typeof SETTINGS;
