import { describe, expect, test } from 'vitest';
import { loopbackOf } from '../../../../../src/local/loopback.ts';
import { standIn } from '../../../../../src/local/cluster/kubelet/program/stand-in.ts';

const mounts = [
  { mountPath: '/etc/podwire', path: '/pods/a/volumes/config' },
  { mountPath: '/etc/podwire/tls', path: '/pods/a/volumes/tls' },
  { mountPath: '/tmp', path: '/tmp/pods/a/volumes/tmp' },
];
const inPod = (text: string) => standIn(text, { mounts, address: '10.3.1.40' });
const at = (port: number) => Object.values(loopbackOf('10.3.1.40', port)).join(':');

describe('the stand-in for what a program sees in its pod', () => {
  test.each([
    ['/etc/podwire/config.yaml', '/pods/a/volumes/config/config.yaml'],
    ['--config=/etc/podwire/config.yaml', '--config=/pods/a/volumes/config/config.yaml'],
    ['/etc/podwire', '/pods/a/volumes/config'],
    ['/etc/podwire/tls/key', '/pods/a/volumes/tls/key'],
    ['/tmp/x,/tmp', '/tmp/pods/a/volumes/tmp/x,/tmp/pods/a/volumes/tmp'],
  ])('a path in a mount is in its folder: %s', (given, wanted) => expect(inPod(given)).toBe(wanted));

  test.each(['/etc/podwire2/x', '/usr/etc/podwire/x', '/etc/podwire.d', '/etc'])('no other path is: %s', (path) =>
    expect(inPod(path)).toBe(path),
  );

  test('a port on every address is one on its own', () => {
    expect(inPod('metricsAddress: "0.0.0.0:8080"')).toBe(`metricsAddress: "${at(8080)}"`);
    expect(inPod('[::]:9443')).toBe(at(9443));
  });

  test.each(['0.0.0.0/0', '10.0.0.0:80', '127.0.0.1:80', 'off'])('nothing else is: %s', (text) =>
    expect(inPod(text)).toBe(text),
  );
});
