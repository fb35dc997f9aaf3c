import { LOCALSTACK_IMAGE } from './requirements.ts';

const PORT = 4566;
const START_MS = 300_000; // with the download of the image

/** Starts LocalStack in a container that goes away with this process, whatever becomes of it. */
export async function startLocalStack(
  env: Record<string, string | undefined> = process.env,
): Promise<{ url: string; image: string; close(): Promise<void> }> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const image = env['PODWIRE_LOCALSTACK_IMAGE'] ?? LOCALSTACK_IMAGE;
  const container = await new GenericContainer(image)
    .withEnvironment({ LOCALSTACK_AUTH_TOKEN: env['LOCALSTACK_AUTH_TOKEN'] ?? '', SERVICES: SERVICES.join(',') })
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forHttp('/_localstack/health', PORT))
    .withStartupTimeout(START_MS)
    .start();
  const close = async () => {
    await container.stop();
  };
  return { url: `http://${container.getHost()}:${container.getMappedPort(PORT)}`, image, close };
}

const SERVICES = ['sts', 'iam', 'ec2', 'elbv2', 'acm', 'wafv2', 'shield', 'resourcegroupstaggingapi'];
