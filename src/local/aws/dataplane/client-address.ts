/** The VPC address of a client: 127.a.b.c is 10.a.b.c, and 127.0.0.1 stays, for it is everybody's. */
export function addressOfClient(remote: string): string {
  const plain = remote.replace(/^::ffff:(?=\d+\.)/, '');
  return plain === '127.0.0.1' ? plain : plain.replace(/^127\./, '10.');
}
