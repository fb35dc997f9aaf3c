import { DRAIN_SETTINGS } from './drain.ts';

/** One setting: its flag is `--<name>`, its environment variable the first of `env` that is set. */
export type Setting = {
  readonly env: readonly string[];
  readonly kind:
    | 'string'
    | 'number'
    | 'seconds'
    | 'flag'
    | 'list'
    | 'map'
    | { readonly oneOf: readonly string[] }
    | { readonly secondsOr: string };
  readonly fallback?: string;
  readonly required?: true;
  readonly text: string;
};

/** Every setting of `podwire run`. Flags, environment and documentation come from here. */
export const SETTINGS = {
  'cluster-name': {
    env: ['PODWIRE_CLUSTER_NAME'],
    kind: 'string',
    required: true,
    text: 'Name of the cluster; part of the tags of everything Podwire makes in AWS.',
  },
  region: {
    env: ['PODWIRE_REGION', 'AWS_REGION', 'AWS_DEFAULT_REGION'],
    kind: 'string',
    required: true,
    text: 'AWS region of the cluster.',
  },
  'vpc-id': { env: ['PODWIRE_VPC_ID'], kind: 'string', required: true, text: 'VPC of the cluster.' },
  kubeconfig: {
    env: ['KUBECONFIG'],
    kind: 'string',
    text: "Kubeconfig file; without one the Pod's own service account, else ~/.kube/config.",
  },
  'aws-endpoint-url': {
    env: ['AWS_ENDPOINT_URL'],
    kind: 'string',
    text: 'Endpoint of AWS, for local AWS, LocalStack and the like.',
  },
  'default-target-type': {
    env: ['PODWIRE_DEFAULT_TARGET_TYPE'],
    kind: { oneOf: ['ip', 'instance'] },
    fallback: 'ip',
    text: 'Target type where neither Service, Ingress nor class says one.',
  },
  'default-scheme': {
    env: ['PODWIRE_DEFAULT_SCHEME'],
    kind: { oneOf: ['internal', 'internet-facing'] },
    fallback: 'internal',
    text: 'Scheme of a load balancer where neither Ingress nor class says one.',
  },
  'default-ssl-policy': {
    env: ['PODWIRE_DEFAULT_SSL_POLICY'],
    kind: 'string',
    fallback: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
    text: 'Security policy of HTTPS listeners where nothing else is said.',
  },
  'default-tags': {
    env: ['PODWIRE_DEFAULT_TAGS'],
    kind: 'map',
    fallback: '',
    text: 'Tags on everything Podwire makes: k=v,k=v.',
  },
  'routable-cidrs': {
    env: ['PODWIRE_ROUTABLE_CIDRS'],
    kind: 'list',
    fallback: '',
    text: 'Address ranges outside the VPC that a load balancer reaches all the same (peered, advertised by BGP).',
  },
  'fallback-away-seconds': {
    env: ['PODWIRE_FALLBACK_AWAY_SECONDS'],
    kind: 'seconds',
    fallback: '60',
    text: 'How long no Pod address of a group may be reachable before its targets become nodes. Fractions are allowed.',
  },
  'fallback-back-seconds': {
    env: ['PODWIRE_FALLBACK_BACK_SECONDS'],
    kind: 'seconds',
    fallback: '600',
    text: 'How long Pod addresses must have been reachable before targets that fell back to nodes become Pods again.',
  },
  ...DRAIN_SETTINGS,
  workers: {
    env: ['PODWIRE_WORKERS'],
    kind: 'number',
    fallback: '16',
    text: 'Stacks that are worked on at once; target groups have as many again.',
  },
  'sweep-interval-seconds': {
    env: ['PODWIRE_SWEEP_INTERVAL_SECONDS'],
    kind: 'number',
    fallback: '900',
    text: 'How often what stands in AWS is compared with what should stand there, orphans included.',
  },
  'take-over': {
    env: ['PODWIRE_TAKE_OVER'],
    kind: 'flag',
    fallback: 'false',
    text: 'Whether every TargetGroupBinding is served that the AWS Load Balancer Controller does not hold; else only those annotated podwire.dev/claim: "true".',
  },
  'leader-elect': {
    env: ['PODWIRE_LEADER_ELECT'],
    kind: 'flag',
    fallback: 'true',
    text: 'Whether a replica acts only while it holds the lease; the others keep everything ready and wait.',
  },
  'lease-name': {
    env: ['PODWIRE_LEASE_NAME'],
    kind: 'string',
    fallback: 'podwire',
    text: 'Name of the Lease; the same for all replicas of a cluster.',
  },
  'lease-namespace': {
    env: ['PODWIRE_LEASE_NAMESPACE', 'POD_NAMESPACE'],
    kind: 'string',
    fallback: 'kube-system',
    text: 'Namespace of the Lease; it must be there.',
  },
  'lease-duration-seconds': {
    env: ['PODWIRE_LEASE_DURATION_SECONDS'],
    kind: 'seconds',
    fallback: '10',
    text: 'How long the other replicas wait for a holder that says nothing.',
  },
  'lease-renew-deadline-seconds': {
    env: ['PODWIRE_LEASE_RENEW_DEADLINE_SECONDS'],
    kind: 'seconds',
    fallback: '7',
    text: 'How long after its last renewal a holder may still act; shorter than the duration.',
  },
  'lease-retry-seconds': {
    env: ['PODWIRE_LEASE_RETRY_SECONDS'],
    kind: 'seconds',
    fallback: '2',
    text: 'How often the lease is renewed, or looked at; at most half of the renew deadline.',
  },
  inject: {
    env: ['PODWIRE_INJECT'],
    kind: { oneOf: ['auto', 'policy', 'webhook', 'off'] },
    fallback: 'auto',
    text: 'Who writes gate, sleep and grace into Pods: the admission policy, the webhook, or with `auto` the webhook where the policy is not installed. See docs/injection.md.',
  },
  'webhook-address': {
    env: ['PODWIRE_WEBHOOK_ADDRESS'],
    kind: 'string',
    fallback: '0.0.0.0:9443',
    text: 'Where the webhook is served: host:port.',
  },
  'webhook-secret': {
    env: ['PODWIRE_WEBHOOK_SECRET'],
    kind: 'string',
    fallback: 'podwire-webhook',
    text: 'Name of the Secret with the certificate of the webhook, in our own namespace; made and renewed by Podwire.',
  },
  'own-namespace': {
    env: ['PODWIRE_OWN_NAMESPACE', 'POD_NAMESPACE'],
    kind: 'string',
    fallback: 'podwire-system',
    text: 'Namespace that Podwire runs in; it must be there.',
  },
  'metrics-address': {
    env: ['PODWIRE_METRICS_ADDRESS'],
    kind: 'string',
    fallback: '0.0.0.0:8080',
    text: 'Where /metrics, /healthz and /readyz are served: host:port, or `off`.',
  },
  'log-level': {
    env: ['PODWIRE_LOG_LEVEL'],
    kind: { oneOf: ['trace', 'debug', 'info', 'warn', 'error'] },
    fallback: 'info',
    text: 'Least level that is logged.',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
