/**
 * Parts of the protection that a proof switches off to see that requests are lost without them. Not for users: these are no
 * settings, and no documentation names them.
 */
const CONTROLS = {
  'no-gate': 'Every readiness gate is opened as soon as the pod has an address.',
  'gate-from-cached-health':
    'A gate believes any healthy target at its address, whoever registered it and whenever it was seen.',
  'no-uid-check': 'A target belongs to whatever pod has its address.',
  'deregister-first': 'What leaves is deregistered at once, before anything is registered.',
  'move-at-once': 'A target group takes the place of another as soon as it exists, and that one goes at once.',
} as const satisfies Record<string, string>;

export type ControlName = keyof typeof CONTROLS;
export type Controls = ReadonlySet<ControlName>;

/** The environment variable that names them, separated by commas. */
const CONTROL_VARIABLE = 'PODWIRE_CONTROL';

const NAMES = Object.keys(CONTROLS) as ControlName[];

/** The controls that the environment asks for; of a name that is none, the problem in one sentence. */
export function readControls(env: Record<string, string | undefined>): { controls: Controls } | { problems: string[] } {
  const given = (env[CONTROL_VARIABLE] ?? '').split(',').flatMap((name) => name.trim() || []);
  const unknown = given.filter((name) => !(NAMES as string[]).includes(name));
  if (unknown.length === 0) return { controls: new Set(given as ControlName[]) };
  return { problems: [`${CONTROL_VARIABLE}: wanted ${NAMES.join(', ')}, given ${unknown.join(', ')}`] };
}

/** Nothing is switched off. */
export const NO_CONTROLS: Controls = new Set();
