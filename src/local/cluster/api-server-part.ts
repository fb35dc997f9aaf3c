import { realClock } from '../../runtime/clock.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import type { Part } from '../process.ts';
import { type LocalApiServerOptions, startLocalApiServer } from './api/server.ts';
import { startWorkloadControllers } from './controllers/controllers.ts';

export type ApiServerPartOptions = {
  kubeconfig: string;
  server?: Pick<LocalApiServerOptions, 'port' | 'host' | 'token'>;
};
export type ApiServerReady = { url: string; token: string };

/** Asked of the process. */
export type ApiServerQuestion = { do: 'restart'; downMs?: number } | { do: 'forgetHistory' };

/** The API server with the workload controllers: what a control plane is in a cluster. */
export const apiServerPart: Part<ApiServerPartOptions, ApiServerReady> = async (
  { kubeconfig, server: options },
  process,
) => {
  const server = await startLocalApiServer(options);
  const controllers = await startWorkloadControllers({
    api: server.api,
    clock: realClock,
    onError: (name, { key, error }) => console.error(`${name}: ${key}: ${(error as Error).message}`),
  });
  const { url, token } = server;
  await writeKubeconfig(kubeconfig, { name: 'podwire-local', url, token });
  process.onStop(async () => {
    await controllers.close();
    await server.close();
  });
  process.onAsk(async (asked) => {
    const question = asked as ApiServerQuestion;
    if (question.do === 'forgetHistory') server.forgetHistory();
    else await server.restart(question.downMs === undefined ? {} : { downMs: question.downMs });
  });
  return { url, token };
};
