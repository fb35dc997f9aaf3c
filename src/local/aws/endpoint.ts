import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { LocalAws } from './aws.ts';
import { OPERATIONS, answerCall, findOperation } from './dispatch.ts';
import { AwsError } from './error.ts';
import { bodyOf } from './http.ts';
import type { Answer } from './http.ts';
import type { ServiceName } from './operation.ts';
import { answerXml, errorXml } from './protocol/envelope.ts';
import type { Envelope } from './protocol/envelope.ts';
import { readQuery } from './protocol/query.ts';

/** How each query service writes XML. */
const ENVELOPES: Record<'elasticloadbalancing' | 'ec2' | 'sts' | 'iam', Envelope> = {
  elasticloadbalancing: { style: 'query', namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/' },
  ec2: { style: 'ec2', namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/' },
  sts: { style: 'query', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
  iam: { style: 'query', namespace: 'https://iam.amazonaws.com/doc/2010-05-08/' },
};
type QueryService = keyof typeof ENVELOPES;

/** Answers one AWS call over HTTP, in the protocol it came in: JSON where it has a target header, else query. */
export async function answerHttp(aws: LocalAws, request: IncomingMessage): Promise<Answer> {
  const body = await bodyOf(request);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return answerJson(aws, { request, body, target });
  const form = new URLSearchParams(body);
  for (const [key, value] of new URL(request.url ?? '/', 'http://local').searchParams) form.append(key, value);
  return answerQuery(aws, request, form);
}

/** Access key and service of the signature. */
const SIGNATURE = /Credential=([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/;

/** The service of a request: the one its signature is scoped to, else the one that knows the action. */
function serviceOf(request: IncomingMessage, action: string): string {
  const scope = SIGNATURE.exec(request.headers.authorization ?? '');
  if (scope?.[2]) return scope[2];
  const knowing = Object.entries(OPERATIONS).find(([, operations]) => operations.has(action));
  return knowing?.[0] ?? 'elasticloadbalancing';
}

async function answerQuery(aws: LocalAws, request: IncomingMessage, form: URLSearchParams): Promise<Answer> {
  const requestId = randomUUID();
  const action = form.get('Action') ?? '';
  const service = serviceOf(request, action);
  const envelope = ENVELOPES[service as QueryService] ?? ENVELOPES.elasticloadbalancing;
  const xml = (status: number, body: string): Answer => ({
    status,
    contentType: 'text/xml;charset=UTF-8',
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
    requestId,
  });
  try {
    if (!(service in ENVELOPES)) throw notServed(service, action);
    return xml(200, await queryAnswer(aws, { service: service as QueryService, action, form, request, requestId }));
  } catch (error) {
    const said = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
    return xml(said.httpStatus, errorXml(envelope, said, requestId));
  }
}

type QueryCall = {
  service: QueryService;
  action: string;
  form: URLSearchParams;
  request: IncomingMessage;
  requestId: string;
};

async function queryAnswer(aws: LocalAws, call: QueryCall): Promise<string> {
  const { service, action, form, request, requestId } = call;
  const { name, input: shape, output } = findOperation(service, action);
  const envelope = ENVELOPES[service];
  const input = shape === undefined ? {} : readQuery(shape, form, envelope.style);
  const value = await answerCall(aws, { service, action, input, ...callerOf(request) });
  return answerXml(envelope, { name, output, value, requestId });
}

function callerOf({ headers }: IncomingMessage): { userAgent?: string; accessKeyId?: string } {
  const userAgent = headers['user-agent'];
  const accessKeyId = SIGNATURE.exec(headers.authorization ?? '')?.[1];
  return { ...(userAgent !== undefined && { userAgent }), ...(accessKeyId !== undefined && { accessKeyId }) };
}

function notServed(service: string, action: string): AwsError {
  return new AwsError('InvalidAction', `The action ${action} of ${service} is not served by local AWS.`);
}

type JsonCall = { request: IncomingMessage; body: string; target: string };

async function answerJson(aws: LocalAws, { request, body, target }: JsonCall): Promise<Answer> {
  const requestId = randomUUID();
  const action = target.split('.').at(-1) ?? '';
  const service = target.startsWith('CertificateManager.') ? 'acm' : serviceOf(request, action);
  const json = (status: number, value: unknown): Answer => ({
    status,
    contentType: 'application/x-amz-json-1.1',
    body: JSON.stringify(value),
    requestId,
  });
  try {
    if (service !== 'acm') throw notServed(service, action);
    const input = parseJson(body);
    return json(
      200,
      await answerCall(aws, { service: service satisfies ServiceName, action, input, ...callerOf(request) }),
    );
  } catch (error) {
    const said = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
    return json(said.httpStatus, { __type: said.Code, message: said.message });
  }
}

function parseJson(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body || '{}') as Record<string, unknown>;
  } catch {
    throw new AwsError('SerializationException', 'The body is not valid JSON');
  }
}
