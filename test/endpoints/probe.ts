import type { Scratch } from './scratch.ts';

export const FULFILLED = 'yes';

/** One thing that AWS does, and how to find out whether an endpoint does it too. */
export type Probe = {
  /** What AWS does. */
  aws: string;
  /** Where that is written. */
  source: string;
  /** Not asked where that is not served. */
  of?: 'elbv2';
  /** `yes`, or what happened instead. */
  ask: (scratch: Scratch) => Promise<string>;
};

/** The API reference page of an ELBv2 action. */
export const elbPage = (action: string): string =>
  `https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_${action}.html`;
export const albPage = (page: string): string =>
  `https://docs.aws.amazon.com/elasticloadbalancing/latest/application/${page}.html`;
export const ec2Page = (action: string): string =>
  `https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_${action}.html`;

/** The code that AWS gave a call that was to fail. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'no error',
    (error: Error) => codeIn(error.cause ?? error),
  );
}

type Wire = { name?: string; Code?: string; $metadata?: { httpStatusCode?: number } };

function codeIn(error: unknown): string {
  const { name = '', Code, $metadata } = error as Wire;
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 500 ? `HTTP ${status}` : (Code ?? name).replace(/Exception$/, '');
}

/** `yes` when what was given is what AWS would give. */
export function expectSame(what: string, given: unknown, wanted: unknown): string {
  const [is, should] = [JSON.stringify(given), JSON.stringify(wanted)];
  return is === should ? FULFILLED : `${what}: ${is}`;
}

/** The first that is not `yes`. */
export const allOf = (...answers: string[]): string => answers.find((answer) => answer !== FULFILLED) ?? FULFILLED;
