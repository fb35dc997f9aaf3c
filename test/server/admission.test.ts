import { request } from 'node:https';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { applyPatch, type Operation } from 'rfc6902';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WEBHOOK_PATHS } from '../../src/admission/webhook.ts';
import { type KeyPair, mintCertificate } from '../../src/certificate.ts';
import { type AdmissionServer, startAdmission } from '../../src/server/admission.ts';

const LINES = { web: 'v1;45;true;preserve;app=web' };
const FIRST = { all: 'v1;150;true;preserve;' };

let pair: KeyPair;
let server: AdmissionServer;
let problems: unknown[];
let linesFor: (namespace: string, first: boolean) => Record<string, string>[];

beforeEach(async () => {
  problems = [];
  linesFor = (namespace, first) => [...(namespace === 'shop' ? [LINES] : []), ...(first ? [FIRST] : [])];
  pair = await mintCertificate(['127.0.0.1'], new Date());
  server = await startAdmission({
    host: '127.0.0.1',
    port: 0,
    pair,
    controllerId: '',
    linesFor: (...asked) => linesFor(...asked),
    log: { warn: (about: unknown) => void problems.push(about) },
  });
});
afterEach(() => server.close());

type Answered = { status: number; body: string };

function send(body: string | Buffer, path: string = WEBHOOK_PATHS.lines, method = 'POST'): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: server.port, path, method, ca: pair.authority, agent: false },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString('utf8') }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image: 'x' }] },
};

const reviewOf = (request: object): string =>
  JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });

const REQUEST = { uid: 'u-1', operation: 'CREATE', namespace: 'shop', object: POD };

type Response = { uid: string; allowed: boolean; patchType?: string; patch?: string };

const responseOf = ({ body }: Answered): Response => (JSON.parse(body) as { response: Response }).response;

function graceAfter(answered: Answered): number | undefined {
  const pod = structuredClone(POD) as { spec: { terminationGracePeriodSeconds?: number } };
  applyPatch(pod, JSON.parse(Buffer.from(responseOf(answered).patch ?? '', 'base64').toString()) as Operation[]);
  return pod.spec.terminationGracePeriodSeconds;
}

test('a pod that a line selects gets its patch, and in a labelled namespace the fixed lines too', async () => {
  const answered = await send(reviewOf(REQUEST));
  expect(responseOf(answered)).toMatchObject({ uid: 'u-1', allowed: true, patchType: 'JSONPatch' });
  expect(graceAfter(answered)).toBe(75);
  expect(graceAfter(await send(reviewOf({ ...REQUEST, namespace: 'new' }), WEBHOOK_PATHS.first))).toBe(180);
});

test('a pod that no line selects is let through without a patch', async () => {
  const answered = await send(reviewOf({ ...REQUEST, namespace: 'other' }));
  expect(responseOf(answered)).toEqual({ uid: 'u-1', allowed: true });
  expect(problems).toEqual([]);
});

test.each([
  ['no JSON', '{', /JSON/],
  ['nothing', '', /JSON/],
  ['null', 'null', /request\.uid/],
  ['no request', '{"kind":"AdmissionReview"}', /request\.uid/],
  ['no pod', reviewOf({ ...REQUEST, object: { kind: 'Service', metadata: {}, spec: {} } }), /wanted a Pod/],
  ['a pod without containers', reviewOf({ ...REQUEST, object: { ...POD, spec: {} } }), /wanted a Pod/],
  ['another operation', reviewOf({ ...REQUEST, operation: 'UPDATE' }), /wanted operation CREATE, given "UPDATE"/],
  ['no namespace', reviewOf({ ...REQUEST, namespace: undefined }), /request\.namespace/],
  ['containers that are none', reviewOf({ ...REQUEST, object: { ...POD, spec: { containers: [null] } } }), /./],
])('a review with %s is let through, and logged', async (_, body, problem) => {
  const answered = await send(body);
  expect(answered.status).toBe(200);
  expect(responseOf(answered)).toEqual({ uid: responseOf(answered).uid, allowed: true });
  expect(problems).toEqual([{ problem: expect.stringMatching(problem) as string }]);
});

test('lines that cannot be had let the pod through', async () => {
  linesFor = () => {
    throw new Error('no lines');
  };
  expect(responseOf(await send(reviewOf(REQUEST)))).toEqual({ uid: 'u-1', allowed: true });
  expect(problems).toEqual([{ problem: 'no lines' }]);
});

test('S11: a body without end is cut off, and the next one is answered', async () => {
  const cut = await send(Buffer.alloc(5 * 1024 * 1024, ' ')).then(
    ({ status }) => status,
    () => 'cut',
  );
  expect([413, 'cut']).toContain(cut);
  expect(responseOf(await send(reviewOf(REQUEST))).patch).toBeDefined();
});

test('another path or method is refused, which the API server takes for a failed call', async () => {
  expect((await send(reviewOf(REQUEST), '/other')).status).toBe(404);
  expect((await send('', WEBHOOK_PATHS.lines, 'GET')).status).toBe(405);
});

test('S11: a client that says nothing keeps nobody from being answered', async () => {
  const silent = connect({ host: '127.0.0.1', port: server.port, ca: pair.authority });
  await once(silent, 'secureConnect');
  silent.write('POST /pods HTTP/1.1\r\ncontent-length: 10\r\n\r\n');
  expect(responseOf(await send(reviewOf(REQUEST))).patch).toBeDefined();
  silent.destroy();
});

test('a renewed certificate is served to the next connection', async () => {
  const next = await mintCertificate(['127.0.0.1'], new Date());
  server.serveWith(next);
  await expect(send(reviewOf(REQUEST))).rejects.toThrow(/certificate/);
  pair = next;
  expect(responseOf(await send(reviewOf(REQUEST))).patch).toBeDefined();
});
