import { injectPod, type PodManifest } from '../model/injection.ts';

/** Lines that apply to a pod: those of its namespace, and where the API server says that it is labelled the fixed ones too. */
export type LinesFor = (namespace: string, first: boolean) => Record<string, string>[];

/** What an operator writes into pods: gates are its own. */
export type Injecting = { linesFor: LinesFor; controllerId: string };

export type Answer = {
  /** An AdmissionReview, ready to be sent. */
  review: object;
  /** Why nothing could be said of the request. */
  problem?: string;
};

type Request = { uid?: unknown; namespace?: unknown; operation?: unknown; object?: unknown };

/** Answers one AdmissionReview (admission.k8s.io/v1). Never refuses: what cannot be read is let through as it is. */
export function answerReview(body: string, first: boolean, { linesFor, controllerId }: Injecting): Answer {
  let request: Request | undefined;
  try {
    request = (JSON.parse(body) as { request?: Request } | null)?.request;
    const { pod, namespace } = readRequest(request);
    return { review: allowed(request, injectPod(pod, linesFor(namespace, first), controllerId)) };
  } catch (error) {
    return { review: allowed(request, []), problem: error instanceof Error ? error.message : String(error) };
  }
}

function readRequest(request: Request | undefined): { pod: PodManifest; namespace: string } {
  if (typeof request?.uid !== 'string') throw new Error('wanted an AdmissionReview with request.uid, given none');
  const { namespace, operation, object } = request;
  if (operation !== 'CREATE') throw new Error(`wanted operation CREATE, given ${JSON.stringify(operation)}`);
  if (typeof namespace !== 'string') throw new Error('wanted request.namespace, given none');
  if (!isPod(object)) throw new Error('wanted a Pod with metadata and containers as request.object');
  return { pod: object, namespace };
}

function isPod(object: unknown): object is PodManifest {
  const { kind, metadata, spec } = (object ?? {}) as { kind?: string; metadata?: unknown; spec?: PodManifest['spec'] };
  return kind === 'Pod' && typeof metadata === 'object' && metadata !== null && Array.isArray(spec?.containers);
}

function allowed(request: Request | undefined, patch: object[]): object {
  const uid = typeof request?.uid === 'string' ? request.uid : '';
  const patched = { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
  const response = { uid, allowed: true, ...(patch.length > 0 && patched) };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
}
