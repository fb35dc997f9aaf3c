import type { KubeApi } from './api.ts';
import { fromGarbage } from './errors.ts';
import { parseJson } from './list.ts';
import type { Call, Transport } from './transport.ts';

/** One thing that an account may do or not. */
export type Review = {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
};

/** A document of OpenAPI version 3, as far as kinds are told by it. */
type OpenApi = { components?: { schemas?: Record<string, unknown> } };

/** What an API server can be asked of itself and of who asks; nothing is written. Errors as of KubeApi. */
export interface Inquiry extends Pick<KubeApi, 'get' | 'list'> {
  /** `v1.36.3`. */
  version(): Promise<string>;
  /** The name of the account that asks. */
  account(): Promise<string>;
  /** Whether that account may do this. */
  mayI(review: Review): Promise<boolean>;
  /** Every group with the versions that are served. */
  groups(): Promise<{ name: string; versions: string[] }[]>;
  /** Names of the kinds of a group’s version that can be read, as in URLs: `targetgroups`, `targetgroups/status`. */
  kinds(groupVersion: string): Promise<string[]>;
  openApi(groupVersion: string): Promise<OpenApi>;
  /** How far the API server’s clock is ahead of ours, milliseconds; undefined before the first answer. */
  aheadMs(): number | undefined;
}

type Discovered = { name: string; verbs?: string[] };

const AUTHORIZATION = 'authorization.k8s.io/v1';
const AUTHENTICATION = 'authentication.k8s.io/v1';

/** The same over HTTP. */
export function inquiryOver(transport: Transport, kube: Pick<KubeApi, 'get' | 'list'>): Inquiry {
  const send = async <Answer>(call: Omit<Call, 'what' | 'verb'>): Promise<Answer> => {
    const asked = { ...call, verb: 'ask', what: call.path };
    const text = await transport.send(asked);
    const answer = parseJson(text);
    if (typeof answer !== 'object' || answer === null) throw fromGarbage(asked, text);
    return answer as Answer;
  };
  const read = <Answer>(path: string) => send<Answer>({ method: 'GET', path });
  const review = <Status>(apiVersion: string, kind: string, spec: object) =>
    send<{ status?: Status }>({
      method: 'POST',
      path: `/apis/${apiVersion}/${kind.toLowerCase()}s`,
      body: { apiVersion, kind, spec },
    });
  return {
    get: (resource, key) => kube.get(resource, key),
    list: (resource, scope) => kube.list(resource, scope),
    version: async () => (await read<{ gitVersion?: string }>('/version')).gitVersion ?? '',
    account: async () => {
      const { status } = await review<{ userInfo?: { username?: string } }>(AUTHENTICATION, 'SelfSubjectReview', {});
      return status?.userInfo?.username ?? '';
    },
    mayI: async (resourceAttributes) => {
      const spec = { resourceAttributes };
      return (
        (await review<{ allowed?: boolean }>(AUTHORIZATION, 'SelfSubjectAccessReview', spec)).status?.allowed === true
      );
    },
    groups: async () => {
      const { groups = [] } = await read<{ groups?: { name: string; versions: { version: string }[] }[] }>('/apis');
      return groups.map(({ name, versions }) => ({ name, versions: versions.map(({ version }) => version) }));
    },
    kinds: async (groupVersion) => {
      const { resources = [] } = await read<{ resources?: Discovered[] }>(`/apis/${groupVersion}`);
      return resources.filter(({ verbs = [] }) => verbs.includes('get')).map(({ name }) => name);
    },
    openApi: (groupVersion) => read<OpenApi>(`/openapi/v3/apis/${groupVersion}`),
    aheadMs: () => transport.aheadMs,
  };
}
