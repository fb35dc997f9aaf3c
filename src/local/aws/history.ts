import type { Target } from './state.ts';

/** Which target of which group; `target` is `<id>:<port>`. */
export type Subject = { targetGroupArn: string; targetGroup: string; target: string };

/** `at`: milliseconds since 1970. */
export type StateEntry = { at: number; state: Target['state']; reason?: string; description?: string };

/** What a node knew of a target from then on; `gone`: nothing any more. */
export type NodeEntry = { at: number; node: string; sees: string };

/** One target's story: its states in the API, and what each load balancer node made of them and when. */
export type HistoryLine = Subject & { states: StateEntry[]; nodes: NodeEntry[] };

/** Entries kept of one target, and targets kept in all: the latest ones. */
const KEPT = { entries: 200, targets: 5_000 };

/** What targets went through, for reports. */
export class TargetHistory {
  readonly #lines = new Map<string, HistoryLine>();

  noteState(subject: Subject, entry: StateEntry): void {
    keep(this.#lineOf(subject).states, entry);
  }

  noteNode(subject: Subject, entry: NodeEntry): void {
    keep(this.#lineOf(subject).nodes, entry);
  }

  /** In the order in which the targets first appeared. */
  lines(): HistoryLine[] {
    return [...this.#lines.values()];
  }

  clear(): void {
    this.#lines.clear();
  }

  #lineOf(subject: Subject): HistoryLine {
    const key = `${subject.targetGroupArn} ${subject.target}`;
    const known = this.#lines.get(key);
    if (known) return known;
    const line: HistoryLine = { ...subject, states: [], nodes: [] };
    this.#lines.set(key, line);
    const [oldest] = this.#lines.keys();
    if (this.#lines.size > KEPT.targets && oldest !== undefined) this.#lines.delete(oldest);
    return line;
  }
}

function keep<T>(entries: T[], entry: T): void {
  entries.push(entry);
  if (entries.length > KEPT.entries) entries.shift();
}
