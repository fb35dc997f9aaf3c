import { type Logger, pino } from 'pino';
import { textOf } from './log/text.ts';
import { currentPass } from './runtime/pass.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** Parts of Podwire whose level can be another than that of the rest. */
export const MODULES = ['operator', 'controllers', 'aws', 'kube', 'lease', 'webhook'] as const;
export type Module = (typeof MODULES)[number];

export type LogOptions = {
  level: Level;
  /** `auto` is text on a terminal, and JSON elsewhere. */
  format: 'auto' | 'json' | 'text';
  /** Where lines go; standard output where nothing is said. */
  out?: { write(line: string): unknown; isTTY?: boolean };
};

/** The log of this process. */
export type Logs = {
  of(module: Module): Log;
  levels(): Record<Module, Level>;
  /** From now on, of one module or of all. */
  setLevel(level: Level, module?: Module): void;
  /** Between `debug` and the levels there were before; says whether it is `debug` now. */
  toggleDebug(): boolean;
};

/** Opens the log: one line each, JSON or text, with the keys of `LOG_KEYS`; never what is secret. */
export function openLogs({ level, format, out = process.stdout }: LogOptions): Logs {
  const asText = format === 'text' || (format === 'auto' && out.isTTY === true);
  const root = pino(
    { base: null, level, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: levelOf }, mixin: keysOfPass },
    asText ? { write: (line) => void out.write(textOf(line)) } : out === process.stdout ? pino.destination(1) : out,
  );
  const logs = Object.fromEntries(MODULES.map((module) => [module, root.child({ module })])) as Record<Module, Logger>;
  return controlled(logs);
}

function controlled(logs: Record<Module, Logger>): Logs {
  const levels = () =>
    Object.fromEntries(MODULES.map((module) => [module, logs[module].level])) as Record<Module, Level>;
  let before: Record<Module, Level> | undefined;
  return {
    of: (module) => logs[module],
    levels,
    setLevel(level, module) {
      for (const one of module === undefined ? MODULES : [module]) logs[one].level = level;
    },
    toggleDebug() {
      const were = before;
      before = were === undefined ? levels() : undefined;
      for (const module of MODULES) logs[module].level = were?.[module] ?? 'debug';
      return were === undefined;
    },
  };
}

const levelOf = (label: string): object => ({ level: label });

/** What every line says that is written while a pass runs. */
function keysOfPass(): object {
  const pass = currentPass();
  if (pass === undefined) return {};
  const { controller, namespace, name, generation, reconcileID } = pass;
  return {
    controller,
    ...(namespace !== undefined && { namespace }),
    name,
    ...(generation !== undefined && { generation }),
    reconcileID,
  };
}
