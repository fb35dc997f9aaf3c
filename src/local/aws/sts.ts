import type { LocalAws } from './aws.ts';
import { policyFor } from './iam/authorization.ts';
import { operationTable } from './operation.ts';

/** Who has a policy is a user of the name of the access key; all others are one user. */
const userOf = (aws: LocalAws, accessKeyId: string | undefined): string =>
  accessKeyId !== undefined && policyFor(aws, { accessKeyId }) !== undefined ? accessKeyId : 'local';

/** STS, as far as clients ask it who they are. */
export const STS_OPERATIONS = operationTable([
  {
    name: 'GetCallerIdentity',
    run: (aws, _input, accessKeyId) => {
      const { accountId } = aws.settings;
      const Arn = `arn:aws:iam::${accountId}:user/${userOf(aws, accessKeyId)}`;
      return { UserId: 'AIDALOCALAWSUSER0000', Account: accountId, Arn };
    },
  },
]);
