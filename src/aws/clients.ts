import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Ec2Api, ElbApi } from './api.ts';
import { translateError } from './errors.ts';
import { actionName, type CommandTable, methodsOf } from './methods.ts';
import { Client as Ec2Client, COMMANDS as EC2_COMMANDS } from './sdk/ec2.ts';
import { Client as ElbClient, COMMANDS as ELB_COMMANDS } from './sdk/elb.ts';

export type ClientSettings = {
  region: string;
  /** For both services. Without it the SDK's own variables count: AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_EC2 and so on. */
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
};

type Client = { send(command: object): Promise<unknown> };

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_SOCKETS = 50;

/**
 * ELBv2 through the SDK. Each call is sent once: retrying is the budget's. Imported as it stands and not when first used,
 * since a bundler drops the commands nobody uses only from what is not loaded lazily.
 */
export function createElbApi(settings: ClientSettings): ElbApi {
  return sdkApi<ElbApi>('elasticloadbalancing', new ElbClient(clientConfig(settings)) as Client, ELB_COMMANDS);
}

/** EC2 through the SDK. */
export function createEc2Api(settings: ClientSettings): Ec2Api {
  return sdkApi<Ec2Api>('ec2', new Ec2Client(clientConfig(settings)) as Client, EC2_COMMANDS);
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

/** Any method of the table becomes one call; errors come out translated. */
function sdkApi<Api extends object>(service: string, client: Client, commands: CommandTable<Api>): Api {
  return methodsOf<Api>((method) => async (input: never) => {
    try {
      return await client.send(new commands[method](input));
    } catch (error) {
      throw translateError(error, `${service}:${actionName(method)}`);
    }
  });
}
