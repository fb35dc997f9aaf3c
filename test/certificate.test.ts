import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { mintCertificate, namesOf } from '../src/certificate.ts';

test('a minted certificate is trusted by its authority for its names and for no other', async () => {
  const pair = await mintCertificate(['shop.localhost', '*.shop.localhost'], new Date());
  expect(namesOf(pair.certificate)).toEqual(['shop.localhost', '*.shop.localhost']);
  const server = createServer({ cert: pair.certificate, key: pair.privateKey }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dial = async (servername: string) => {
    const socket = connect({ host: '127.0.0.1', port, servername, ca: pair.authority });
    await once(socket, 'secureConnect').finally(() => socket.destroy());
    return socket.authorized;
  };
  expect(await dial('www.shop.localhost')).toBe(true);
  await expect(dial('www.other.localhost')).rejects.toThrow(/altnames/i);
  server.close();
});
