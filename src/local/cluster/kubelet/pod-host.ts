import type { Part } from '../../process.ts';
import type { App, Behaviour } from './app.ts';
import { KILLED, runApp } from './app-server.ts';
import type { RunningApp } from './runtime.ts';

/** What the kubelet asks of the process that hosts the pods of one node. */
export type PodHostQuestion =
  | { do: 'start'; app: App }
  | { do: 'signal'; id: string; signal: 'SIGTERM' | 'SIGKILL' }
  | { do: 'configure'; id: string; behaviour: Behaviour }
  /** Answered with the exit code, when it has one. */
  | { do: 'wait'; id: string };

/** Hosts the apps of one node, so that killing the process is a node that fails. */
export const podHost: Part<object, object> = async (_, process) => {
  const apps = new Map<string, RunningApp>(); // App.id -> app
  process.onAsk((question) => answer(apps, question as PodHostQuestion));
  return {};
};

function answer(apps: Map<string, RunningApp>, question: PodHostQuestion): unknown {
  if (question.do === 'start') return start(apps, question.app);
  const app = apps.get(question.id);
  if (question.do === 'wait') return app?.exited ?? KILLED;
  if (question.do === 'signal') app?.signal(question.signal);
  if (question.do === 'configure') app?.configure(question.behaviour);
  return undefined;
}

function start(apps: Map<string, RunningApp>, app: App): void {
  const running = runApp(app);
  apps.set(app.id, running);
  // Kept a little, so that a late question still gets the code.
  void running.exited.then(() => setTimeout(() => apps.delete(app.id), 10_000).unref());
}
