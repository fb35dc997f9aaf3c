import { nearest } from '../nearest.ts';
import { WrongWords } from './words.ts';

/** What a command may touch of the process it runs in. */
export type Terminal = {
  env: Record<string, string | undefined>;
  /** One line of output that others may parse. */
  out(line: string): void;
  /** One line for the person who watches. */
  tell(line: string): void;
  /** Aborts when the process is asked to end. */
  signal: AbortSignal;
  /** How the program was called: `podwire` where nothing is said, `kubectl podwire` as a plugin of kubectl. */
  program?: string;
  /** Whether what is printed may have colours. */
  colour?: boolean;
};

/** One command of `podwire`; resolves with the exit code. */
export type Command = {
  summary: string;
  usage: string;
  /** Command lines, each as somebody would write it. */
  examples?: readonly string[];
  /** Its flags as `parseArgs` takes them, for completion. */
  options?: Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly short?: string }>>;
  /** The words that a flag takes, where these are few. */
  values?: Readonly<Record<string, readonly string[]>>;
  /** Words that may follow the command; one that ends with a slash goes on. */
  words?: readonly string[];
  run(args: string[], terminal: Terminal): Promise<number>;
};

export type Commands = Record<string, () => Promise<{ command: Command }>>;

/** Runs the command that the arguments name; anything else prints what there is. */
export async function runCommand(commands: Commands, args: string[], terminal: Terminal): Promise<number> {
  const [name = '', ...rest] = spelledOut(args);
  const load = commands[name];
  if (load === undefined) return help(commands, name, terminal);
  const { command } = await load();
  if (rest.some((word) => word === '--help' || word === '-h')) {
    terminal.out(asCalled(helpOf(command), terminal));
    return 0;
  }
  return runOrTell(command, rest, terminal);
}

/** `podwire help plan` is `podwire plan --help`, and `podwire --version` is `podwire version`. */
function spelledOut([first = '', ...rest]: string[]): string[] {
  if (first === '--version') return ['version', ...rest];
  return ['help', '--help', '-h'].includes(first) ? [...rest.slice(0, 1), '--help'] : [first, ...rest];
}

async function runOrTell(command: Command, args: string[], terminal: Terminal): Promise<number> {
  try {
    return await command.run(args, terminal);
  } catch (error) {
    if (!(error instanceof WrongWords)) throw error;
    terminal.tell(error.message);
    return 2;
  }
}

/** Usage and examples are written for `podwire`. */
const asCalled = (text: string, { program = 'podwire' }: Terminal): string =>
  program === 'podwire' ? text : text.replaceAll(/(^|[\s(])podwire (?=[a-z])/gm, `$1${program} `);

function helpOf({ summary, usage, examples = [] }: Command): string {
  const lines = examples.length === 0 ? [] : ['', 'Examples:', ...examples.map((line) => `  ${line}`)];
  return [summary, '', `  ${usage}`, ...lines].join('\n');
}

async function help(commands: Commands, name: string, terminal: Terminal): Promise<number> {
  const asked = name === '' || name === '--help';
  const near = nearest(name, Object.keys(commands));
  if (!asked) terminal.tell(`unknown command "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`);
  const print = terminal[asked ? 'out' : 'tell'];
  const width = Math.max(...Object.keys(commands).map(({ length }) => length));
  if (asked)
    print(`Wires AWS load balancers straight to Kubernetes Pods.\n\n  ${terminal.program ?? 'podwire'} COMMAND …\n`);
  for (const [known, load] of Object.entries(commands)) {
    const { command } = await load();
    print(`  ${known.padEnd(width)}  ${command.summary}`);
  }
  print(`\n${terminal.program ?? 'podwire'} COMMAND --help shows how one is called, with examples.`);
  return asked ? 0 : 2;
}
