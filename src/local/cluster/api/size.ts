import { ApiError } from './status.ts';

/** etcd, `--max-request-bytes`. */
const MOST = 1_572_864;
/** What Go writes as six characters in JSON. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/** Throws where etcd would not take the object. Built-in kinds are stored in a shorter form than JSON, and not looked at. */
export function checkSize(object: object): void {
  const text = JSON.stringify(object);
  // A UTF-16 unit has at most six bytes in the end: what is far below the limit is not counted.
  if (text.length * 6 <= MOST) return;
  if (Buffer.byteLength(text.replace(ESCAPED, '\\u0000')) > MOST)
    throw new ApiError(500, '', { message: 'etcdserver: request is too large' });
}
