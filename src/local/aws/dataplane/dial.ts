/** Where on this machine a connection to an address of the VPC really goes. */
export type Dial = (address: string, port: number) => { host: string; port: number };

/** An address 10.a.b.c is served at 127.a.b.c; everything else at itself. */
export const dialLoopback: Dial = (address, port) => ({ host: address.replace(/^10\./, '127.'), port });

/** The VPC address of a client: 127.a.b.c is 10.a.b.c, and 127.0.0.1 stays, for it is everybody's. */
export function addressOfClient(remote: string): string {
  const plain = remote.replace(/^::ffff:(?=\d+\.)/, '');
  return plain === '127.0.0.1' ? plain : plain.replace(/^127\./, '10.');
}
