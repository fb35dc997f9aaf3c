import type { App, Behaviour } from './app.ts';

export type ProbeTarget = {
  address: string;
  port: number;
  /** A GET that wants 200–399; without it, only a connection. */
  httpGet?: { path: string; headers: Record<string, string> };
  timeoutMs: number;
};

export type Signal = 'SIGTERM' | 'SIGKILL';

/** A program of this machine that runs as a container. Plain data, so that it can cross to another process. */
export type Program = {
  /** Unique among all containers ever started. */
  id: string;
  /** Path of what is run. */
  file: string;
  args: string[];
  env: Record<string, string>;
  /** Path of the file that its output goes to. */
  log: string;
};

export type RunningApp = {
  /** Exit code, 137 after SIGKILL. */
  readonly exited: Promise<number>;
  signal(signal: Signal): void;
  configure(behaviour: Behaviour): void;
};

/** What runs the containers for the kubelet. Two forms: processes with real sockets, and simulated ones for virtual time. */
export interface PodRuntime {
  start(node: string, what: App | Program): Promise<RunningApp>;
  probe(target: ProbeTarget): Promise<boolean>;
  /** Ends all apps of a node without warning, as when it loses power. */
  killNode(node: string): Promise<void>;
  close(): Promise<void>;
}
