import * as Ec2 from '@aws-sdk/client-ec2';
import * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { NormalizedSchema } from '@smithy/core/schema';
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../../../src/local/aws/dispatch.ts';
import type { Operation } from '../../../../src/local/aws/operation.ts';
import { answerXml } from '../../../../src/local/aws/protocol/envelope.ts';
import { readQuery } from '../../../../src/local/aws/protocol/query.ts';
import type { QueryStyle } from '../../../../src/local/aws/protocol/query.ts';

type Sent = { body: string; answer: Record<string, unknown> };
type Send = (command: unknown) => Promise<Record<string, unknown>>;

/** Sends a command through the SDK, with `xml` as the answer, and gives back both what went out and what came in. */
async function sendThroughSdk(
  sdk: typeof Elb | typeof Ec2,
  name: string,
  call: { input: unknown; xml: string },
): Promise<Sent> {
  let body = '';
  const requestHandler = {
    handle: async (request: { body: unknown }) => {
      body = String(request.body);
      const response = { statusCode: 200, headers: { 'content-type': 'text/xml' }, body: Buffer.from(call.xml) };
      return { response };
    },
  };
  const settings = { region: 'eu-central-1', credentials: { accessKeyId: 'x', secretAccessKey: 'y' }, requestHandler };
  const client = 'EC2Client' in sdk ? new sdk.EC2Client(settings) : new sdk.ElasticLoadBalancingV2Client(settings);
  const Command = (sdk as unknown as Record<string, new (input: unknown) => unknown>)[`${name}Command`];
  if (!Command) throw new Error(`the SDK has no ${name}Command`);
  const { $metadata: _metadata, ...answer } = await (client.send as unknown as Send)(new Command(call.input));
  return { body, answer };
}

const DEEPEST = 9;

/** A value of a shape with every member set, lists of two, and text that needs escaping. */
function sample(schema: NormalizedSchema, path: string, depth = 0): unknown {
  if (schema.isListSchema())
    return depth > DEEPEST ? [] : [1, 2].map((n) => sample(schema.getValueSchema(), `${path}.${n}`, depth + 1));
  if (schema.isStructSchema()) return sampleStruct(schema, path, depth);
  if (schema.isMapSchema()) return { key: sample(schema.getValueSchema(), `${path}.key`, depth + 1) };
  if (schema.isBooleanSchema()) return path.length % 2 === 0;
  if (schema.isNumericSchema()) return path.length;
  if (schema.isTimestampSchema()) return new Date(Date.UTC(2026, 0, 1) + path.length * 1000);
  return `${path} <&>"' é`;
}

function sampleStruct(schema: NormalizedSchema, path: string, depth: number): Record<string, unknown> {
  const members = depth > DEEPEST ? [] : [...schema.structIterator()];
  return Object.fromEntries(members.map(([name, member]) => [name, sample(member, `${path}.${name}`, depth + 1)]));
}

const SERVICES = [
  {
    sdk: Elb,
    operations: OPERATIONS.elasticloadbalancing,
    style: 'query',
    namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
  },
  { sdk: Ec2, operations: OPERATIONS.ec2, style: 'ec2', namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/' },
] as const;

const CASES = SERVICES.flatMap(({ sdk, operations, style, namespace }) =>
  [...operations.values()].map((operation) => [operation.name, { sdk, operation, style, namespace }] as const),
);

/** The SDK is the other side: it writes what we read, and reads what we write. */
test.each<[string, { sdk: typeof Elb | typeof Ec2; operation: Operation; style: QueryStyle; namespace: string }]>(
  CASES.map(([name, rest]) => [name, rest]),
)(
  '%s: every parameter and every element has the name the SDK knows',
  async (name, { sdk, operation, style, namespace }) => {
    const { input: inputShape = 'unit', output = 'unit' } = operation;
    const input = sample(NormalizedSchema.of(inputShape), 'in');
    const value = NormalizedSchema.of(output).isStructSchema()
      ? (sample(NormalizedSchema.of(output), 'out') as object)
      : {};
    const xml = answerXml({ style, namespace }, { name, output, value, requestId: 'r' });
    const { body, answer } = await sendThroughSdk(sdk, name, { input, xml });
    expect(readQuery(inputShape, new URLSearchParams(body), style)).toEqual(input);
    expect(answer).toEqual(value);
  },
);
