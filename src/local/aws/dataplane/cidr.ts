import { BlockList, isIP } from 'node:net';

/** Whether `address` lies in `cidr` (IPv4 or IPv6, `a.b.c.d/n`). An IPv4 address mapped into IPv6 counts as IPv4. */
export function inCidr(address: string, cidr: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || isIP(plain) !== isIP(network)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix === '' ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  return list.check(plain, family);
}
