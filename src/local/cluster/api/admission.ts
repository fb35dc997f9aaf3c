import { applyPatch, type Operation } from 'rfc6902';
import type { KubeObject } from '../../../kube/api.ts';
import { type Cluster, newUid } from './state.ts';
import { groupVersion, type Kind } from './kinds.ts';
import { at, items } from './rules/rules.ts';
import { pruneUnknown } from './schema/prune.ts';
import { isObject, type Json } from './schema/schema.ts';
import { objectSelector } from './selectors.ts';
import { postJson } from './post.ts';
import { ApiError, internalError } from './status.ts';

/** What a webhook is asked about. */
export type Admission = {
  kind: Kind;
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  subresource: string;
  object: KubeObject | undefined;
  old: KubeObject | undefined;
  dryRun: boolean;
  manager: string;
};

type Webhook = Json & { name: string };

const MUTATING = 'admissionregistration.k8s.io/mutatingwebhookconfigurations';
const VALIDATING = 'admissionregistration.k8s.io/validatingwebhookconfigurations';

/** Asks the mutating webhooks, one after the other, and resolves to the object as they leave it; undefined, at once, when none is concerned. */
export function mutate(
  cluster: Cluster,
  admission: Admission & { object: KubeObject },
): Promise<KubeObject> | undefined {
  const webhooks = concerned(cluster, MUTATING, admission);
  return webhooks.length === 0 ? undefined : mutateWith(cluster, webhooks, admission);
}

async function mutateWith(
  cluster: Cluster,
  webhooks: Webhook[],
  admission: Admission & { object: KubeObject },
): Promise<KubeObject> {
  let object = structuredClone(admission.object);
  for (const webhook of webhooks) {
    const response = await ask(cluster, webhook, { ...admission, object });
    if (response?.patch) object = patched(object, { response, webhook, kind: admission.kind });
  }
  return object;
}

/** Asks the validating webhooks about the object as it will be stored; undefined, at once, when none is concerned. */
export function review(cluster: Cluster, admission: Admission): Promise<unknown> | undefined {
  const webhooks = concerned(cluster, VALIDATING, admission);
  return webhooks.length === 0 ? undefined : Promise.all(webhooks.map((webhook) => ask(cluster, webhook, admission)));
}

function concerned(cluster: Cluster, storage: string, admission: Admission): Webhook[] {
  // A webhook is never asked about webhooks: it could lock out the one who repairs it.
  if (admission.kind.group === 'admissionregistration.k8s.io') return [];
  const webhooks = cluster.store.list(storage).flatMap((one) => items(one, 'webhooks') as Webhook[]);
  return webhooks.filter(
    (webhook) =>
      items(webhook, 'rules').some((rule) => ruleMeets(rule, admission)) && selects(cluster, webhook, admission),
  );
}

function ruleMeets(rule: Json, { kind, operation, subresource }: Admission): boolean {
  const has = (field: string, value: string): boolean =>
    ['*', value].some((one) => (rule[field] as unknown[] | undefined)?.includes(one));
  const resources = (rule.resources ?? []) as string[];
  const named =
    subresource === ''
      ? [kind.plural, '*', '*/*']
      : [`${kind.plural}/${subresource}`, `${kind.plural}/*`, `*/${subresource}`, '*/*'];
  const scope = rule.scope ?? '*';
  const inScope = scope === '*' || scope === (kind.namespaced ? 'Namespaced' : 'Cluster');
  return (
    inScope &&
    has('operations', operation) &&
    has('apiGroups', kind.group) &&
    has('apiVersions', kind.version) &&
    resources.some((one) => named.includes(one))
  );
}

type Selector = Parameters<typeof objectSelector>[0];

function selects(cluster: Cluster, webhook: Webhook, { kind, object, old }: Admission): boolean {
  const subject = (object ?? old) as KubeObject;
  const name = kind.kind === 'Namespace' && kind.builtIn ? subject.metadata.name : subject.metadata.namespace;
  const inNamespace = objectSelector((webhook.namespaceSelector ?? {}) as Selector);
  const namespace = name === undefined ? undefined : cluster.store.get('/namespaces', name);
  const namespaceFits = name === undefined || inNamespace(namespace?.metadata.labels ?? subject.metadata.labels ?? {});
  const fits = objectSelector((webhook.objectSelector ?? {}) as Selector);
  return namespaceFits && [object, old].some((one) => one !== undefined && fits(one.metadata.labels ?? {}));
}

type Response = {
  uid?: string;
  allowed?: boolean;
  patch?: string;
  patchType?: string;
  status?: { message?: string; code?: number; reason?: string };
};

async function ask(cluster: Cluster, webhook: Webhook, admission: Admission): Promise<Response | undefined> {
  const uid = newUid(cluster.clock);
  const response = await call(cluster, webhook, reviewOf(admission, uid)).catch((error: unknown) => {
    if (webhook.failurePolicy === 'Ignore') return undefined;
    throw internalError(
      `failed calling webhook ${JSON.stringify(webhook.name)}: failed to call webhook: ${(error as Error).message}`,
    );
  });
  if (response && !response.allowed) throw denied(webhook, response);
  return response;
}

function denied({ name }: Webhook, { status }: Response): ApiError {
  const why = status?.message ? `denied the request: ${status.message}` : 'denied the request without explanation';
  return new ApiError(status?.code ?? 400, status?.reason ?? 'BadRequest', {
    message: `admission webhook ${JSON.stringify(name)} ${why}`,
  });
}

function reviewOf(admission: Admission, uid: string): Json {
  const { kind, operation, subresource, object, old, dryRun, manager } = admission;
  const { group, version, plural } = kind;
  const subject = (object ?? old) as KubeObject;
  const resource = { group, version, resource: plural };
  const type = { group, version, kind: kind.kind };
  const request = {
    uid,
    kind: type,
    resource,
    ...(subresource && { subResource: subresource }),
    requestKind: type,
    requestResource: resource,
    name: subject.metadata.name,
    ...(subject.metadata.namespace && { namespace: subject.metadata.namespace }),
    operation,
    userInfo: { username: manager, groups: ['system:masters', 'system:authenticated'] },
    object: object ? { apiVersion: groupVersion(kind), kind: kind.kind, ...object } : null,
    oldObject: old ?? null,
    dryRun,
  };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
}

async function call(cluster: Cluster, webhook: Webhook, body: Json): Promise<Response> {
  const url = urlOf(cluster, webhook);
  const cut = new AbortController();
  const seconds = Number(webhook.timeoutSeconds ?? 10);
  const timer = cluster.clock.after(seconds * 1000, () => cut.abort(new Error(`no answer within ${seconds} s`)));
  const caBundle = at(webhook, 'clientConfig.caBundle');
  const ca = typeof caBundle === 'string' ? Buffer.from(caBundle, 'base64').toString('utf8') : undefined;
  try {
    const { status, text } = await postJson({ url, ca, signal: cut.signal }, body);
    if (status < 200 || status > 299) throw new Error(`${url} answered ${status}`);
    return checkReview(JSON.parse(text), at(body, 'request.uid'));
  } finally {
    timer.cancel();
  }
}

function checkReview(review: unknown, uid: unknown): Response {
  const response = at(review, 'response');
  if (!isObject(response) || at(review, 'kind') !== 'AdmissionReview')
    throw new Error('the answer is not an AdmissionReview with a response');
  if (response.uid !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid)}`);
  return response as Response;
}

function urlOf(cluster: Cluster, webhook: Webhook): string {
  const url = at(webhook, 'clientConfig.url');
  if (typeof url === 'string') return url;
  const service = at(webhook, 'clientConfig.service') as {
    namespace: string;
    name: string;
    port?: number;
    path?: string;
  };
  const base = cluster.resolveService({ namespace: service.namespace, name: service.name, port: service.port ?? 443 });
  if (!base) throw new Error(`service ${JSON.stringify(`${service.namespace}/${service.name}`)} not found`);
  return new URL(service.path ?? '/', base).href;
}

function patched(
  object: KubeObject,
  { response, webhook, kind }: { response: Response; webhook: Webhook; kind: Kind },
): KubeObject {
  const result = structuredClone(object);
  const operations = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()) as Operation[];
  const failed = applyPatch(result, operations).find((error) => error !== null);
  if (failed)
    throw internalError(
      `admission webhook ${JSON.stringify(webhook.name)} sent a patch that does not fit: ${failed.message}`,
    );
  pruneUnknown(result, kind.schema);
  return result;
}
