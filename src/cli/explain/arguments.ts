import type { WayFacts } from '../../model/explain/facts.ts';
import { nearest } from '../../nearest.ts';
import { wantsJson } from '../output.ts';
import { readWords, WrongWords } from '../words.ts';

export const OPTIONS = {
  namespace: { type: 'string', short: 'n' },
  output: { type: 'string', short: 'o' },
  url: { type: 'string' },
  from: { type: 'string' },
  'no-aws': { type: 'boolean' },
  region: { type: 'string' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  'controller-id': { type: 'string' },
} as const;

/** What is to be explained, and how. */
export type Asked = {
  kind: WayFacts['subject']['kind'];
  name: string;
  json: boolean;
  withAws: boolean;
  /** Of the operator whose part is explained; absent of the one without. */
  controllerId?: string;
  namespace?: string;
  request?: NonNullable<WayFacts['request']>;
  /** Name of the pod that is the client, and its namespace where that is another one. */
  from?: { name: string; namespace?: string };
  region?: string;
  kubeconfig?: string;
  context?: string;
};

/** Names that kubectl takes for these kinds. */
const KINDS: Record<string, Asked['kind']> = {
  ingress: 'ingress',
  ingresses: 'ingress',
  ing: 'ingress',
  service: 'service',
  services: 'service',
  svc: 'service',
  pod: 'pod',
  pods: 'pod',
  po: 'pod',
};

const SUBJECT = 'ingress/NAME, service/NAME or pod/NAME';

/** Throws WrongWords with one sentence for whatever cannot be understood. */
export function readArguments(args: string[]): Asked {
  const { values, positionals } = readWords(args, { command: 'explain', options: OPTIONS, words: true });
  const { url, from, output, 'no-aws': withoutAws = false, 'controller-id': controllerId, ...rest } = values;
  return {
    ...subjectOf(positionals),
    ...rest,
    ...(controllerId !== undefined && { controllerId }),
    json: wantsJson(output),
    withAws: !withoutAws,
    ...(url !== undefined && { request: readUrl(url) }),
    ...(from !== undefined && { from: readFrom(from) }),
  };
}

/** `ingress/web`, or `ingress web` as kubectl takes it too. */
function subjectOf(words: string[]): Pick<Asked, 'kind' | 'name'> {
  const [kind = '', name = '', ...rest] = words.length === 1 ? (words[0]?.split('/') ?? []) : words;
  const known = KINDS[kind];
  if (known !== undefined && name !== '' && rest.length === 0 && !name.includes('/')) return { kind: known, name };
  const given = words.length === 0 ? 'nothing' : words.join(' ');
  throw new WrongWords('explain', `wanted ${SUBJECT}, given ${given}${hintAt(kind, name)}`);
}

function hintAt(kind: string, name: string): string {
  const near =
    name === '' || `${kind}${name}`.includes('/')
      ? undefined
      : nearest(
          kind,
          Object.keys(KINDS).filter(([first]) => first === kind[0]),
        );
  return near === undefined ? '' : `; did you mean ${KINDS[near]}/${name}?`;
}

const PORTS = { 'http:': 80, 'https:': 443 };

function readUrl(text: string): NonNullable<WayFacts['request']> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usual = PORTS[url?.protocol as keyof typeof PORTS];
  if (url === undefined || usual === undefined)
    throw new WrongWords('--url', `wanted http://HOST/PATH or https://HOST/PATH, given ${text}`);
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  return { scheme, host: url.hostname, port: url.port === '' ? usual : Number(url.port), path: url.pathname };
}

function readFrom(text: string): NonNullable<Asked['from']> {
  const [, namespace, name] = /^(?:pods?|po)\/(?:([^/]+)\/)?([^/]+)$/.exec(text) ?? [];
  if (name === undefined) throw new WrongWords('--from', `wanted pod/NAME or pod/NAMESPACE/NAME, given ${text}`);
  return { name, ...(namespace !== undefined && { namespace }) };
}
