import { operationTable } from './operation.ts';

/** STS, as far as clients ask it who they are. */
export const STS_OPERATIONS = operationTable([
  {
    name: 'GetCallerIdentity',
    run: (aws) => {
      const { accountId } = aws.settings;
      return { UserId: 'AIDALOCALAWSUSER0000', Account: accountId, Arn: `arn:aws:iam::${accountId}:user/local` };
    },
  },
]);
