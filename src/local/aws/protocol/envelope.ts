import type { Shape } from '../operation.ts';
import type { AwsError } from '../error.ts';
import { element, escapeXml, writeXml } from './xml.ts';
import type { QueryStyle } from './query.ts';

export type Envelope = { style: QueryStyle; namespace: string };

/** The whole XML answer of an operation. EC2 has no `Result` element, and says `return` where an operation has no output. */
export function answerXml(
  envelope: Envelope,
  answer: { name: string; output?: Shape | undefined; value: object; requestId: string },
): string {
  const { name, output, value, requestId } = answer;
  const body = output === undefined ? plainXml(value) : writeXml(output, value);
  const xmlns = ` xmlns="${envelope.namespace}"`;
  if (envelope.style === 'ec2')
    return element(`${name}Response`, element('requestId', requestId) + (body || element('return', 'true')), xmlns);
  const metadata = element('ResponseMetadata', element('RequestId', requestId));
  return element(`${name}Response`, element(`${name}Result`, body) + metadata, xmlns);
}

export function errorXml(envelope: Envelope, error: AwsError, requestId: string): string {
  const said = element('Code', escapeXml(error.Code)) + element('Message', escapeXml(error.message));
  if (envelope.style === 'ec2')
    return element('Response', element('Errors', element('Error', said)) + element('RequestID', requestId));
  const type = element('Type', error.$fault === 'server' ? 'Receiver' : 'Sender');
  const xmlns = ` xmlns="${envelope.namespace}"`;
  return element('ErrorResponse', element('Error', type + said) + element('RequestId', requestId), xmlns);
}

/** An answer without a shape: one element a member. */
function plainXml(value: object): string {
  return Object.entries(value)
    .map(([name, held]) => element(name, escapeXml(String(held))))
    .join('');
}
