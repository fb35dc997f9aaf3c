import type { KubeApi } from '../../../../kube/api.ts';
import { resourceOf } from '../../../../kube/resources.ts';
import type { Clock } from '../../../../runtime/clock.ts';
import type { Pod, TokenProjection } from '../../objects.ts';

/** A token, and how long until a kubelet asks for the next one. */
type Token = { token: string; renewInMs: number };

/** Part of its life after which a token is renewed (Kubernetes, service account token projection). */
const RENEWED_AT = 0.8;
const RETRY_MS = 5_000;

/** Asks the API server for a token that is bound to the pod, as the kubelet does. */
async function requestToken(api: KubeApi, { metadata, spec }: Pod, wanted: TokenProjection): Promise<Token> {
  const { serviceAccountName: account = 'default' } = spec;
  const { namespace = '', name, uid } = metadata;
  const { audience, expirationSeconds = 3_600 } = wanted;
  // The path is the core group's, the object another one's.
  const answer = await api.create(resourceOf('v1', 'TokenRequest', `serviceaccounts/${account}/token`), {
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { namespace, name: account },
    spec: {
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      ...(audience !== undefined && { audiences: [audience] }),
    },
  });
  const { token } = answer['status'] as { token: string };
  return { token, renewInMs: expirationSeconds * 1_000 * RENEWED_AT };
}

export type TokenKeeping = {
  api: KubeApi;
  clock: Clock;
  pod: Pod;
  wanted: TokenProjection;
  write: (token: string) => Promise<void>;
  /** Ends the renewal. */
  signal: AbortSignal;
  onError: (error: unknown) => void;
};

/** Resolves when the first token is written; later ones are written in time, until the signal aborts. */
export async function keepToken(keeping: TokenKeeping): Promise<void> {
  const { api, pod, wanted, write } = keeping;
  const { token, renewInMs } = await requestToken(api, pod, wanted);
  await write(token);
  void renew(keeping, renewInMs);
}

async function renew(
  { api, clock, pod, wanted, write, signal, onError }: TokenKeeping,
  firstMs: number,
): Promise<void> {
  let waitMs = firstMs;
  for (;;) {
    await clock.sleep(waitMs, signal);
    if (signal.aborted) return;
    try {
      const { token, renewInMs } = await requestToken(api, pod, wanted);
      await write(token);
      waitMs = renewInMs;
    } catch (error) {
      onError(error);
      waitMs = RETRY_MS;
    }
  }
}
