import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { realClock } from '../runtime/clock.ts';
import { stallLine, watchEventLoop } from '../runtime/watchdog.ts';

/** A part that runs as a process of its own, started by `startProcess` and answering with what others need to reach it. */
export type Part<Options, Ready> = (options: Options, process: PartProcess) => Promise<Ready>;

/** What a part may do with its process. */
type PartProcess = {
  /** Runs before the process ends, whoever ends it. */
  onStop(stop: () => Promise<void> | void): void;
  /** Answers questions asked with `RunningProcess.ask`. */
  onAsk(answer: (question: unknown) => Promise<unknown> | unknown): void;
};

export type RunningProcess<Ready> = {
  ready: Ready;
  pid: number;
  ask(question: unknown): Promise<unknown>;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to end, and ends it by force after 5 s. */
  stop(): Promise<void>;
  exited: Promise<void>;
};

type Message = { ready: unknown } | { failed: string } | { answer: number; value?: unknown; error?: string };

/** The file that runs every part and every command: main.ts, or the bundle whose chunk this is. */
export const ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : 'podwire.mjs', import.meta.url),
);

/** Starts one part and resolves once it is ready. It ends with this process, even when this one is killed. */
export async function startProcess<Ready>(
  name: string,
  options: object,
  logFile?: string,
): Promise<RunningProcess<Ready>> {
  const log = logFile === undefined ? 'inherit' : openSync(logFile, 'a');
  const child = fork(ENTRY, [`--part=${name}`, JSON.stringify(options)], {
    stdio: ['ignore', log, log, 'ipc'],
    execArgv: ['--enable-source-maps', '--disable-warning=ExperimentalWarning'],
  });
  const exited = once(child, 'exit').then(() => undefined);
  return { ready: (await readiness(child, name)) as Ready, pid: child.pid ?? 0, exited, ...controls(child, exited) };
}

async function readiness(child: ChildProcess, name: string): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => ({ failed: `ended with ${String(code)} before it was ready` }));
  const [message] = (await Promise.race([once(child, 'message'), ended.then((end) => [end])])) as [Message];
  if ('ready' in message) return message.ready;
  throw new Error(`${name} did not start: ${'failed' in message ? message.failed : 'answered before it was ready'}`);
}

function controls(child: ChildProcess, exited: Promise<void>): Pick<RunningProcess<never>, 'ask' | 'kill' | 'stop'> {
  return {
    kill: (signal) => void child.kill(signal),
    ask: askedOf(child, exited),
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Any number of questions can be open at once: a pod host has one for every container it runs. */
function askedOf(child: ChildProcess, exited: Promise<void>): RunningProcess<never>['ask'] {
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  let ended = false;
  const close = (id: number): PromiseWithResolvers<unknown> | undefined => {
    const question = open.get(id);
    open.delete(id);
    return question;
  };
  child.on('message', (message: Message) => {
    if (!('answer' in message)) return;
    const question = close(message.answer);
    if (message.error === undefined) question?.resolve(message.value);
    else question?.reject(new Error(message.error));
  });
  void exited.then(() => {
    ended = true;
    for (const id of [...open.keys()]) close(id)?.reject(unanswered());
  });
  return (question) => {
    if (ended) return Promise.reject(unanswered());
    const id = asked++;
    const waiting = Promise.withResolvers<unknown>();
    open.set(id, waiting);
    child.send({ ask: id, question }, (error) => void (error && close(id)?.reject(unanswered())));
    return waiting.promise;
  };
}

const unanswered = (): Error => new Error('the process ended before it answered');

/** The child's side: runs a part until it is told to stop or its parent is gone. */
export async function runPart(part: Part<never, unknown>, options: string): Promise<void> {
  const stops: (() => Promise<void> | void)[] = [];
  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    for (const stop of stops.toReversed()) await stop();
    process.exit(0);
  };
  watchEventLoop(realClock, { tell: (stall) => console.error(stallLine(stall)) });
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(signal, () => void end());
  try {
    const ready = await part(JSON.parse(options) as never, { onStop: (stop) => void stops.push(stop), onAsk });
    process.send?.({ ready } satisfies Message);
  } catch (error) {
    process.send?.({ failed: (error as Error).message } satisfies Message);
    console.error(error);
    process.exit(1);
  }
}

function onAsk(answer: (question: unknown) => Promise<unknown> | unknown): void {
  process.on('message', (message: { ask: number; question: unknown }) => {
    const reply = (value: Partial<{ value: unknown; error: string }>): void =>
      void process.send?.({ answer: message.ask, ...value } as Message);
    Promise.resolve(message.question)
      .then(answer)
      .then(
        (value) => reply({ value }),
        (error: Error) => reply({ error: error.message }),
      );
  });
}
