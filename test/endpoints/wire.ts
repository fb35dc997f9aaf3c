import type { Endpoint } from './endpoint.ts';

export type WireAnswer = { status: number; text: string };

/** What an endpoint says to one call of a service that Podwire has no client for. */
export async function callQuery(
  endpoint: Endpoint,
  service: string,
  parameters: Record<string, string>,
): Promise<WireAnswer> {
  return call(endpoint, service, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters).toString(),
  });
}

/** The same in the JSON protocol; `target` is its `X-Amz-Target`. */
export async function callJson(
  endpoint: Endpoint,
  service: string,
  { target, input }: { target: string; input: object },
): Promise<WireAnswer> {
  return call(endpoint, service, {
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify(input),
  });
}

/** Signed in form only: an endpoint for tests reads the service and the region from it. */
async function call(
  { url, region }: Endpoint,
  service: string,
  { headers, body }: { headers: Record<string, string>; body: string },
): Promise<WireAnswer> {
  const credential = `${CREDENTIALS.accessKeyId}/20260101/${region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
  const date = { 'x-amz-date': '20260101T000000Z' };
  const answer = await fetch(url, { method: 'POST', headers: { ...headers, ...date, authorization }, body });
  return { status: answer.status, text: await answer.text() };
}

/** Any will do at an endpoint for tests. */
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
