import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Ec2Api, ElbApi } from './api.ts';
import { translateError } from './errors.ts';
import { actionName, methodsOf } from './methods.ts';

export type ClientSettings = {
  region: string;
  /** For both services. Without it the SDK's own variables count: AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_EC2 and so on. */
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
};

/** One class of command for each method of an API. */
export type CommandTable<Api> = { [Action in keyof Api]: new (input: never) => object };

type Client = { send(command: object): Promise<unknown> };

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_SOCKETS = 50;

/** ELBv2 through the SDK, which is loaded at the first call. Each call is sent once: retrying is the budget's. */
export function createElbApi(settings: ClientSettings): ElbApi {
  return lazyApi<ElbApi>('elasticloadbalancing', async () => {
    const { COMMANDS, Client } = await import('./sdk/elb.ts');
    return { client: new Client(clientConfig(settings)) as Client, commands: COMMANDS };
  });
}

/** EC2 through the SDK, which is loaded at the first call. */
export function createEc2Api(settings: ClientSettings): Ec2Api {
  return lazyApi<Ec2Api>('ec2', async () => {
    const { COMMANDS, Client } = await import('./sdk/ec2.ts');
    return { client: new Client(clientConfig(settings)) as Client, commands: COMMANDS };
  });
}

function clientConfig({ region, endpoint, credentials }: ClientSettings) {
  return {
    region,
    ...(endpoint ? { endpoint } : {}),
    ...(credentials ? { credentials } : {}),
    maxAttempts: 1,
    customUserAgent: 'podwire',
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    }),
  };
}

type Loaded<Api> = { client: Client; commands: CommandTable<Api> };

/** Any method of the table becomes one call; errors come out translated. */
function lazyApi<Api extends object>(service: string, load: () => Promise<Loaded<Api>>): Api {
  let loaded: Promise<Loaded<Api>> | undefined;
  const call = async (method: keyof Api & string, input: never): Promise<unknown> => {
    loaded ??= load();
    const { client, commands } = await loaded;
    try {
      return await client.send(new commands[method](input));
    } catch (error) {
      throw translateError(error, `${service}:${actionName(method)}`);
    }
  };
  return methodsOf<Api>((method) => (input: never) => call(method, input));
}
