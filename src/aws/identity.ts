import { type ClientSettings, clientConfig } from './clients.ts';
import { translateError } from './errors.ts';
import { GetCallerIdentityCommand, STSClient } from './sdk/sts.ts';

/** Who AWS takes the credentials for. */
export type Identity = { arn: string; account: string };

/** Asks STS, which needs no right. Throws one of the errors of `errors.ts`, or what the SDK says of missing credentials. */
export async function readIdentity(settings: ClientSettings): Promise<Identity> {
  const client = new STSClient(clientConfig(settings));
  try {
    const { Arn = '', Account = '' } = await client.send(new GetCallerIdentityCommand({}));
    return { arn: Arn, account: Account };
  } catch (error) {
    throw translateError(error, 'sts:GetCallerIdentity');
  }
}
