import type { Operation, Ref } from '../../plan/step.ts';
import type { Account } from '../account.ts';

/** What carrying out one operation has at hand. */
export type Run = {
  account: Account;
  /** ARN (id in EC2) of what is there or was created by an earlier step. */
  resolve: (ref: Ref) => string;
};

/** What an operation made, where it made something. */
export type Made = { arn: string; dnsName?: string } | undefined;
type OperationOf<Name extends Operation['do']> = Extract<Operation, { do: Name }>;
export type CarryOut<Name extends Operation['do']> = (operation: OperationOf<Name>, run: Run) => Promise<Made>;
export type Operations<Name extends Operation['do']> = { [Each in Name]: CarryOut<Each> };
