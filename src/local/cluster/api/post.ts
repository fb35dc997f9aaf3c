import { type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';

/** Where a webhook is asked: `ca` is what its certificate is checked with, PEM. */
export type Asked = { url: string; ca: string | undefined; signal: AbortSignal };

/** Sends JSON and resolves with the whole answer, whatever its status. */
export async function postJson({ url, ca, signal }: Asked, body: unknown): Promise<{ status: number; text: string }> {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const request = url.startsWith('https:') ? overHttps : overHttp;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, signal, ...(ca !== undefined && { ca }) }, resolve);
    sent.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    sent.end(text);
  });
  const pieces: Buffer[] = [];
  for await (const piece of answer as AsyncIterable<Buffer>) pieces.push(piece);
  return { status: answer.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') };
}
