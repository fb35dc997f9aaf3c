import { LEVELS, type Level, type Logs, type Module, MODULES } from '../log.ts';

export type LevelAnswer = { status: number; body: string };

/** The levels as JSON, by module. */
export const showLevels = (logs: Pick<Logs, 'levels'>): LevelAnswer => ({
  status: 200,
  body: `${JSON.stringify(logs.levels())}\n`,
});

/** Sets the level that `text` names, of one module or of all. */
export function changeLevel(logs: Logs, { text, module }: { text: string; module: string | null }): LevelAnswer {
  const level = text.trim();
  if (!isLevel(level)) return wrong(`wanted ${LEVELS.join(', ')} as body`, level);
  if (module !== null && !isModule(module)) return wrong(`wanted ${MODULES.join(', ')} as module`, module);
  logs.setLevel(level, module ?? undefined);
  return showLevels(logs);
}

const wrong = (wanted: string, given: string): LevelAnswer => ({
  status: 400,
  body: `${wanted}, given ${JSON.stringify(given.slice(0, 40))}\n`,
});

const isLevel = (text: string): text is Level => (LEVELS as readonly string[]).includes(text);
const isModule = (text: string): text is Module => (MODULES as readonly string[]).includes(text);
