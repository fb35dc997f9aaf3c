/**
 * Where a check counts: it makes the endpoint fail, or does so only until the replica has been ready once, or is only told there
 * since a restart, or another replica, would not help.
 */
type Effect = 'fails' | 'fails at first' | 'told';

type Check = { readonly livez?: Effect; readonly readyz?: Effect; readonly text: string };

/** Every check of /livez and /readyz. Documentation and metric come from here. */
export const CHECKS = {
  ping: { livez: 'fails', readyz: 'fails', text: 'The process answers.' },
  'event-loop': {
    livez: 'fails',
    text: 'In the last minute the event loop stood still for less than 30 s, in stalls of more than a second.',
  },
  lease: {
    livez: 'fails',
    text: 'What renews the lease, or looks at it, did so within the last minute. An API server that does not answer is no reason to restart.',
  },
  watches: {
    livez: 'fails',
    text: 'Of each watch something was heard, or it was tried again, within the last 5 minutes. A watch on which nothing is heard for 80 s is opened again.',
  },
  clock: {
    livez: 'told',
    readyz: 'fails at first',
    text: 'The clock is less than 5 minutes from that of the API server; further apart AWS refuses signatures.',
  },
  caches: { readyz: 'fails', text: 'Everything that is watched in the cluster has been read.' },
  webhook: { readyz: 'fails', text: 'The webhook is served, where it is what writes into pods.' },
  'aws-credentials': {
    readyz: 'fails at first',
    text: 'There are AWS credentials that have not expired, and AWS took them at the last call, if there was one.',
  },
  shutdown: { readyz: 'fails', text: 'The process was not told to stop.' },
} as const satisfies Record<string, Check>;

type CheckName = keyof typeof CHECKS;
export type Endpoint = 'livez' | 'readyz';

/** For each check what is wrong, in words; undefined where nothing is. */
export type Checks = Record<CheckName, () => string | undefined | Promise<string | undefined>>;

/** What was asked for: `/readyz/caches?verbose&exclude=clock`. */
export type HealthRequest = { endpoint: Endpoint; name?: string; verbose: boolean; exclude: readonly string[] };

/** One check that was made. */
export type Result = { name: string; effect: Effect; trouble: string | undefined };

export type HealthAnswer = { status: number; body: string };

const NAMES = Object.keys(CHECKS) as CheckName[];

/** The checks of an endpoint, all made. A check that throws has failed. */
export function makeChecks(checks: Checks, endpoint: Endpoint): Promise<Result[]> {
  const asked = NAMES.flatMap((name) => {
    const { [endpoint]: effect }: Check = CHECKS[name];
    return effect === undefined ? [] : [{ name, effect }];
  });
  return Promise.all(asked.map(async (one) => ({ ...one, trouble: await troubleOf(checks[one.name]) })));
}

async function troubleOf(check: Checks[CheckName]): Promise<string | undefined> {
  try {
    return await check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What stays of earlier answers. */
export type HealthMemory = { wasReady: boolean };

/** The answer in the words of Kubernetes' own components: `ok`, or a line for each check where that is asked for or one has failed. */
export async function answerHealth(
  request: HealthRequest,
  checks: Checks,
  memory: HealthMemory = { wasReady: false },
): Promise<HealthAnswer> {
  const { endpoint, name } = request;
  const results = (await makeChecks(checks, endpoint)).map((one) => effective(one, memory));
  if (endpoint === 'readyz') memory.wasReady ||= results.every(({ trouble }) => trouble === undefined);
  return name === undefined ? answerAll(request, results) : answerOne(request, results);
}

function effective(result: Result, { wasReady }: HealthMemory): Result {
  return result.effect === 'fails at first' && wasReady ? { ...result, effect: 'told' } : result;
}

function answerOne({ endpoint, name }: HealthRequest, results: Result[]): HealthAnswer {
  const found = results.find((one) => one.name === name);
  if (found === undefined) {
    const known = results.map((one) => `/${endpoint}/${one.name}`).join(', ');
    return { status: 404, body: `wanted one of ${known}\n` };
  }
  if (found.trouble === undefined) return { status: 200, body: 'ok' };
  return { status: 503, body: `${found.name} failed: ${found.trouble}\n` };
}

function answerAll({ endpoint, verbose, exclude }: HealthRequest, results: Result[]): HealthAnswer {
  const counted = results.filter(({ name }) => !exclude.includes(name));
  const failed = counted.some(({ effect, trouble }) => effect !== 'told' && trouble !== undefined);
  if (!failed && !verbose) return { status: 200, body: 'ok' };
  const unknown = exclude.filter((name) => !results.some((one) => one.name === name));
  const lines = [
    ...results.map((one) => lineOf(one, { endpoint, exclude })),
    ...(unknown.length > 0 ? [`warn: some health checks cannot be excluded: no matches for ${quoted(unknown)}`] : []),
    `${endpoint} check ${failed ? 'failed' : 'passed'}`,
  ];
  return { status: failed ? 503 : 200, body: `${lines.join('\n')}\n` };
}

type Asked = Pick<HealthRequest, 'endpoint' | 'exclude'>;

function lineOf({ name, effect, trouble }: Result, { endpoint, exclude }: Asked): string {
  if (exclude.includes(name)) return `[+]${name} excluded: ok`;
  if (trouble === undefined) return `[+]${name} ok`;
  return `[-]${name} failed: ${trouble}${effect === 'told' ? REASONS[endpoint] : ''}`;
}

const REASONS: Record<Endpoint, string> = {
  livez: ' (no reason to restart)',
  readyz: ' (it was ready before)',
};

const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(', ');
