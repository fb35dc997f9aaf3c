import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type KeyPair, mintCertificate } from '../../src/certificate.ts';
import { ADMISSION_API, POD_CREATION } from '../../src/admission/installation.ts';
import { ADD } from './pods.ts';

export type SecondWebhook = { url: string; pair: KeyPair; configuration: object; close(): void };

/** A webhook of somebody else that adds a container, and is asked after ours. */
export async function startSecondWebhook(): Promise<SecondWebhook> {
  const pair = await mintCertificate(['127.0.0.1'], new Date());
  const server = createServer({ cert: pair.certificate, key: pair.privateKey }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => response.end(JSON.stringify(answer(Buffer.concat(pieces).toString('utf8')))));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, pair, configuration: configurationOf(url, pair), close: () => void server.close() };
}

type Review = {
  request: {
    uid: string;
    object: { metadata: { annotations?: Record<string, string> }; spec: { containers: { name: string }[] } };
  };
};

function answer(body: string): object {
  const { uid, object } = (JSON.parse(body) as Review).request;
  const added = JSON.parse(object.metadata.annotations?.[ADD] ?? 'null') as { name: string } | null;
  const there = added === null || object.spec.containers.some(({ name }) => name === added.name);
  const patch = Buffer.from(JSON.stringify([{ op: 'add', path: '/spec/containers/-', value: added }]));
  const change = there ? {} : { patchType: 'JSONPatch', patch: patch.toString('base64') };
  const response = { uid, allowed: true, ...change };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
}

const configurationOf = (url: string, pair: KeyPair): object => ({
  apiVersion: ADMISSION_API,
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'zz-second' },
  webhooks: [
    {
      name: 'second.example.test',
      clientConfig: { url, caBundle: Buffer.from(pair.authority).toString('base64') },
      rules: [POD_CREATION],
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
    },
  ],
});
