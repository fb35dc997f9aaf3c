/** One container as the kubelet has it run: a small HTTP server on the pod's address. Plain data, so that it can cross to another process. */
export type App = {
  /** Unique among all containers ever started. */
  id: string;
  addresses: string[];
  ports: number[];
  /** What the answers say of themselves. */
  identity: { pod: string; namespace: string; container: string; ip: string; node: string; version: string };
  /** Paths that answer 503 while the app says it is not ready. */
  healthPaths: string[];
  /** Paths that answer 503 while the app says it is not alive. */
  livePaths: string[];
  behaviour: Behaviour;
};

/** How an app behaves. Each field is set by a container's environment variable or, also while it runs, by a pod's annotation. */
export type Behaviour = {
  responseDelayMs: number;
  /** The only paths it knows; all where nothing is said. */
  paths: string[] | undefined;
  startDelayMs: number;
  ready: boolean;
  live: boolean;
  /** Takes connections and never answers, whatever it is asked. */
  wedged: boolean;
  onSigterm: OnSigterm;
  exitCode: number;
  exitAfterMs: number | undefined;
};

/**
 * `drain`: takes no new connection, closes idle ones at once, finishes what it has begun; `exit`: is gone at once with all
 * connections; `ignore`: goes on until it is killed.
 */
type OnSigterm = 'drain' | 'exit' | 'ignore';

type Setting = {
  [K in keyof Behaviour]: { field: K; read: (text: string) => Behaviour[K] | undefined };
}[keyof Behaviour];

const count = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);
const paths = (text: string): string[] | undefined => (text.startsWith('/') ? text.split(',') : undefined);
const onSigterm = (text: string): OnSigterm | undefined =>
  (['drain', 'exit', 'ignore'] as const).find((known) => known === text);
const yesNo = (text: string): boolean | undefined => ({ true: true, false: false })[text];

/** Name of the environment variable; the annotation is `local.podwire.dev/response-delay-ms` for `RESPONSE_DELAY_MS`. */
const BEHAVIOUR_SETTINGS: Record<string, Setting> = {
  RESPONSE_DELAY_MS: { field: 'responseDelayMs', read: count },
  PATHS: { field: 'paths', read: paths },
  START_DELAY_MS: { field: 'startDelayMs', read: count },
  READY: { field: 'ready', read: yesNo },
  LIVE: { field: 'live', read: yesNo },
  WEDGED: { field: 'wedged', read: yesNo },
  ON_SIGTERM: { field: 'onSigterm', read: onSigterm },
  EXIT_CODE: { field: 'exitCode', read: count },
  EXIT_AFTER_MS: { field: 'exitAfterMs', read: count },
};

const USUAL: Behaviour = {
  responseDelayMs: 0,
  paths: undefined,
  startDelayMs: 0,
  ready: true,
  live: true,
  wedged: false,
  onSigterm: 'drain',
  exitCode: 0,
  exitAfterMs: undefined,
};

export const ANNOTATION_PREFIX = 'local.podwire.dev/';

type Texts = Record<string, string | undefined>;

/** Reads the behaviour; an annotation wins over the environment, and a value that cannot be read counts as not given. */
export function behaviourOf(environment: Texts, annotations: Texts): Behaviour {
  const behaviour: Behaviour = { ...USUAL };
  for (const [name, setting] of Object.entries(BEHAVIOUR_SETTINGS)) {
    const text = annotations[ANNOTATION_PREFIX + name.toLowerCase().replaceAll('_', '-')] ?? environment[name];
    const value = text === undefined ? undefined : setting.read(text);
    if (value !== undefined) Object.assign(behaviour, { [setting.field]: value });
  }
  return behaviour;
}

/** What an app answers to a path: only its own health and the paths of its probes know of trouble. */
export function answerOf({ healthPaths, livePaths }: App, behaviour: Behaviour, path: string | undefined): AppAnswer {
  if (path === undefined) return 'ok'; // a connection is taken by the system
  if (behaviour.wedged) return 'silence';
  if (behaviour.paths?.includes(path) === false) return 'not found';
  const sick = (healthPaths.includes(path) && !behaviour.ready) || (livePaths.includes(path) && !behaviour.live);
  return sick ? 'unavailable' : 'ok';
}

export type AppAnswer = 'ok' | 'unavailable' | 'not found' | 'silence';
