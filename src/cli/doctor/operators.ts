import { idOf } from '../../api/controller.ts';
import type { KubeObject, Resource } from '../../kube/api.ts';
import type { Inquiry } from '../../kube/inquiry.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { LeaseFacts, OperatorPod, PeerFacts, PeerWebhook, SettingsFacts } from '../../model/doctor/facts.ts';
import { known } from './known.ts';

const NAME = 'app.kubernetes.io/name';
const INSTANCE = 'app.kubernetes.io/instance';

/** Pods that carry the name of a program, in all namespaces; those that go are left out. */
export async function readOperatorPods(inquiry: Inquiry, program: string): Promise<OperatorPod[]> {
  const pods = await inquiry.list(RESOURCES.pod, { labelSelector: `${NAME}=${program}` });
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(podOf);
}

type State = {
  waiting?: { reason?: string; message?: string };
  terminated?: { reason?: string; exitCode?: number };
};
type PodStatus = {
  phase?: string;
  reason?: string;
  conditions?: { type: string; status: string; message?: string }[];
  containerStatuses?: { state?: State; lastState?: State }[];
};

function podOf({ metadata, status }: KubeObject): OperatorPod {
  const { conditions = [], ...rest } = (status ?? {}) as PodStatus;
  const ready = conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    instance: metadata.labels?.[INSTANCE] ?? '',
    controllerId: idOf(metadata.labels),
    ready,
    trouble: ready ? '' : whyNotReady({ conditions, ...rest }),
  };
}

/** What a container waits for, else why no node takes the pod, else its phase. */
function whyNotReady({ conditions = [], containerStatuses = [], phase = '' }: PodStatus): string {
  const [told] = containerStatuses.flatMap(({ state = {} }) => troubleOf(state));
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.message;
  return told ?? unscheduled ?? phase;
}

function troubleOf({ waiting, terminated }: State): string[] {
  if (waiting?.reason) return [[waiting.reason, waiting.message].filter(Boolean).join(': ')];
  return terminated ? [`${terminated.reason ?? 'ended'}, exit code ${terminated.exitCode ?? '?'}`] : [];
}

type LeaseSpec = { holderIdentity?: string | null; renewTime?: string; leaseDurationSeconds?: number };

export async function readLeaseFacts(inquiry: Inquiry, settings: SettingsFacts): Promise<LeaseFacts | 'absent'> {
  const { leaseNamespace: namespace, leaseName: name, leaseDurationSeconds } = settings;
  const object = await inquiry.get(RESOURCES.lease, { namespace, name });
  if (object === undefined) return 'absent';
  const { holderIdentity, renewTime = '', leaseDurationSeconds: told } = (object.spec ?? {}) as LeaseSpec;
  return { holder: holderIdentity || undefined, renewed: renewTime, durationSeconds: told ?? leaseDurationSeconds };
}

/** What its chart calls its pods and the Service in front of its webhooks. */
const PEER = { program: 'aws-load-balancer-controller', service: 'aws-load-balancer-webhook-service' };

const VALIDATING: Resource = {
  ...RESOURCES.mutatingWebhookConfiguration,
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
};

export async function readPeer(inquiry: Inquiry): Promise<PeerFacts> {
  const configurations = [RESOURCES.mutatingWebhookConfiguration, VALIDATING];
  const reading = Promise.all(configurations.map((resource) => readPeerWebhooks(inquiry, resource)));
  const [pods, webhooks] = await Promise.all([
    known(readOperatorPods(inquiry, PEER.program)),
    known(reading.then((all) => all.flat())),
  ]);
  return { pods, webhooks };
}

type Entry = {
  name: string;
  clientConfig?: { service?: { name: string } };
  failurePolicy?: string;
  rules?: { resources?: string[] }[];
};

async function readPeerWebhooks(inquiry: Inquiry, resource: Resource): Promise<PeerWebhook[]> {
  const configurations = await inquiry.list(resource);
  return configurations.flatMap(({ metadata, webhooks }) =>
    ((webhooks ?? []) as Entry[])
      .filter(
        ({ clientConfig, failurePolicy }) => clientConfig?.service?.name === PEER.service && failurePolicy === 'Fail',
      )
      .map(({ name, rules = [] }) => ({
        configuration: `${resource.kind} ${metadata.name}`,
        entry: name,
        resources: [...new Set(rules.flatMap(({ resources = [] }) => resources))],
      })),
  );
}
