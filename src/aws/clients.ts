import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Ec2Api, ElbApi } from './api.ts';
import type { CredentialProvider } from './credentials.ts';
import { translateError } from './errors.ts';
import { mutates } from './fence.ts';
import { actionName, type CommandTable, methodsOf } from './methods.ts';
import { Client as Ec2Client, COMMANDS as EC2_COMMANDS } from './sdk/ec2.ts';
import { Client as ElbClient, COMMANDS as ELB_COMMANDS } from './sdk/elb.ts';

export type ClientSettings = {
  region: string;
  /** For both services. Without it the SDK's own variables count: AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_EC2 and so on. */
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | CredentialProvider;
  /** Asked once more when a call that changes anything is signed and about to be written; what it throws is the answer. */
  fence?: () => void;
  /** Told the `Date` of every answer, also of a refusal. */
  onDate?: (date: string) => void;
};

type Client = { send(command: object): Promise<unknown> };
type Sent = {
  middlewareStack: { add(middleware: Middleware, options: { step: 'deserialize'; priority: 'low' }): void };
};
type Middleware = (next: (given: unknown) => Promise<unknown>) => (given: unknown) => Promise<unknown>;
type Service<Api> = { name: string; client: Client; commands: CommandTable<Api>; fence: (() => void) | undefined };

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_SOCKETS = 50;

/**
 * ELBv2 through the SDK. Each call is sent once: retrying is the budget's. Imported as it stands and not when first used,
 * since a bundler drops the commands nobody uses only from what is not loaded lazily.
 */
export function createElbApi(settings: ClientSettings): ElbApi {
  const client = new ElbClient(clientConfig(settings)) as Client;
  return sdkApi<ElbApi>({ name: 'elasticloadbalancing', client, commands: ELB_COMMANDS, fence: settings.fence });
}

/** EC2 through the SDK. */
export function createEc2Api(settings: ClientSettings): Ec2Api {
  const client = new Ec2Client(clientConfig(settings)) as Client;
  return sdkApi<Ec2Api>({ name: 'ec2', client, commands: EC2_COMMANDS, fence: settings.fence });
}

/** How every client of the SDK is made. */
export function clientConfig({ region, endpoint, credentials, onDate }: ClientSettings) {
  return {
    region,
    ...(endpoint ? { endpoint } : {}),
    ...(credentials ? { credentials } : {}),
    maxAttempts: 1,
    customUserAgent: 'podwire',
    requestHandler: onDate === undefined ? httpHandler() : hearing(httpHandler(), onDate),
  };
}

const httpHandler = () =>
  new NodeHttpHandler({
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
  });

function hearing(handler: NodeHttpHandler, onDate: (date: string) => void): NodeHttpHandler {
  const handle = handler.handle.bind(handler);
  handler.handle = async (...given) => {
    const answered = await handle(...given);
    const { date } = answered.response.headers;
    if (date !== undefined) onDate(date);
    return answered;
  };
  return handler;
}

/** Any method of the table becomes one call; errors come out translated. */
function sdkApi<Api extends object>({ name, client, commands, fence }: Service<Api>): Api {
  return methodsOf<Api>((method) => async (input: never) => {
    const command = new commands[method](input);
    if (fence !== undefined && mutates(method)) guard(command as Sent, fence);
    try {
      return await client.send(command);
    } catch (error) {
      throw translateError(error, `${name}:${actionName(method)}`);
    }
  });
}

/** The innermost step: credentials and signature, which may take their time, are behind it. */
function guard({ middlewareStack }: Sent, fence: () => void): void {
  const guarded: Middleware = (next) => async (given) => {
    fence();
    return next(given);
  };
  middlewareStack.add(guarded, { step: 'deserialize', priority: 'low' });
}
