import { realClock } from '../../../runtime/clock.ts';
import type { Part } from '../../process.ts';
import { appendRequests, NO_REQUEST_LOG, type RequestLog } from '../../request-log.ts';
import type { App, Behaviour } from './app.ts';
import { KILLED, runApp } from './app-server.ts';
import { runProgram } from './program/program-process.ts';
import type { Program, RunningApp } from './runtime.ts';

/** What the kubelet asks of the process that hosts the pods of one node. */
export type PodHostQuestion =
  | { do: 'start'; app: App | Program }
  | { do: 'signal'; id: string; signal: 'SIGTERM' | 'SIGKILL' }
  | { do: 'configure'; id: string; behaviour: Behaviour }
  /** Answered with the exit code, when it has one. */
  | { do: 'wait'; id: string };

/** `requestLog`: the file in which pods keep account of requests that carry an id. */
export type PodHostOptions = { requestLog?: string };

type Hosted = { apps: Map<string, RunningApp>; requests: RequestLog }; // App.id -> app

/** Hosts the apps of one node, so that killing the process is a node that fails. */
export const podHost: Part<PodHostOptions, object> = async ({ requestLog }, process) => {
  const requests = requestLog === undefined ? NO_REQUEST_LOG : appendRequests(requestLog);
  const hosted: Hosted = { apps: new Map(), requests };
  process.onAsk((question) => answer(hosted, question as PodHostQuestion));
  return {};
};

function answer(hosted: Hosted, question: PodHostQuestion): unknown {
  if (question.do === 'start') return start(hosted, question.app);
  const app = hosted.apps.get(question.id);
  if (question.do === 'wait') return app?.exited ?? KILLED;
  if (question.do === 'signal') app?.signal(question.signal);
  if (question.do === 'configure') app?.configure(question.behaviour);
  return undefined;
}

function start({ apps, requests }: Hosted, app: App | Program): void {
  const running = 'file' in app ? runProgram(app) : runApp(app, realClock, requests);
  apps.set(app.id, running);
  // Kept a little, so that a late question still gets the code.
  void running.exited.then(() => setTimeout(() => apps.delete(app.id), 10_000).unref());
}
