import type { Table } from './annotation.ts';
import { anything, matching, stringList, text, wholeNumber } from './reader.ts';
import { integer, json, list, object, type Shape } from './shape.ts';

export type ListenPort = { protocol: 'HTTP' | 'HTTPS'; port: number };

const shared = { on: 'Ingress', merge: 'union', acted: true } as const;
const later = { on: 'Ingress', merge: 'own', type: 'text', read: anything, acted: false } as const;

const port = integer(1, 65535);
const written = list(object({}, { HTTP: port, HTTPS: port }));

/** `[{"HTTP": 80}, {"HTTPS": 443}]`, or both in one object. */
const listenPorts: Shape<ListenPort[]> = (value, path) =>
  written(value, path).flatMap((entry) =>
    (['HTTP', 'HTTPS'] as const).flatMap((protocol) => {
      const number = entry[protocol];
      return number === undefined ? [] : [{ protocol, port: number }];
    }),
  );

/** Whether a `mutual-authentication` asks for nothing: every port off. */
const allOff = (given: string): boolean => {
  try {
    const ports: unknown = JSON.parse(given);
    return Array.isArray(ports) && ports.every((one: { mode?: unknown } | null) => one?.mode === 'off');
  } catch {
    return false;
  }
};

/** Ports, certificates and TLS of the listeners. */
export const LISTENER_KEYS = {
  'listen-ports': {
    ...shared,
    type: 'JSON',
    read: json(listenPorts),
    default: '`[{"HTTP":80}]`, or `[{"HTTPS":443}]` with `certificate-arn`',
    about: 'Ports the rules of this Ingress are served on.',
  },
  'certificate-arn': {
    ...shared,
    type: 'list',
    read: stringList,
    about: 'Certificates of the HTTPS listeners; the first is the default one.',
  },
  'ssl-redirect': {
    ...shared,
    merge: 'exclusive',
    type: 'port',
    read: wholeNumber(1, 65535),
    about: 'Every HTTP listener of the load balancer answers 301 to this HTTPS port, and has no other rule.',
  },
  'ssl-policy': {
    ...shared,
    merge: 'exclusive',
    type: 'text',
    read: matching('the name of a security policy of ELBv2', /^[A-Za-z0-9-]{1,128}$/),
    default: 'setting `default-ssl-policy`',
    about: 'Security policy of the HTTPS listeners.',
  },
  'mutual-authentication': {
    ...later,
    type: 'JSON',
    protects: 'mutual TLS decides which clients may connect',
    harmless: allOff,
    about: 'Client certificates, for each HTTPS port.',
  },
  'listener-attributes.*': { ...later, type: 'map', about: 'Attributes of the listener `<protocol>-<port>`.' },
  'create-acm-cert': { ...later, type: 'bool', about: 'Requests a certificate from ACM.' },
  'acm-pca-arn': { ...later, read: text(), about: 'Private authority of the requested certificate.' },
} as const satisfies Table;
