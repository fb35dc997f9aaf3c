import { existsSync } from 'node:fs';

/** What is used unless `PODWIRE_LOCALSTACK_IMAGE` names another one. No registry host: Docker's own settings say where it comes from. */
export const LOCALSTACK_IMAGE = 'localstack/localstack:2026.09.0';

const SOCKET = '/var/run/docker.sock';

type Env = Record<string, string | undefined>;

/** Everything that LocalStack's container lacks on this machine, one line each, with what was looked at; none when it can start. */
export async function missingForLocalStack(
  env: Env = process.env,
  findRuntime: () => Promise<unknown> = askDocker,
): Promise<string[]> {
  const missing: string[] = [];
  await findRuntime().catch((error: Error) => missing.push(dockerLine(env, error)));
  if (!env['LOCALSTACK_AUTH_TOKEN'])
    missing.push('LOCALSTACK_AUTH_TOKEN is not set: the image does not start without one, and ELBv2 takes a paid plan');
  return missing;
}

async function askDocker(): Promise<unknown> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  return getContainerRuntimeClient();
}

function dockerLine({ DOCKER_HOST }: Env, { message }: Error): string {
  const socket = existsSync(SOCKET) ? 'is there' : 'is not there';
  const host = DOCKER_HOST ? `is ${DOCKER_HOST}` : 'is not set';
  return `no Docker answers (DOCKER_HOST ${host}, ${SOCKET} ${socket}): ${message}`;
}
