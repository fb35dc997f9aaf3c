/** Where a server listens. */
export type Address = { host: string; port: number };

/** Reads `host:port`, with an IPv6 address in brackets; undefined for anything else. Port 0 takes a free one. */
export function readAddress(text: string): Address | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/i.exec(text);
  const port = Number(found?.[3]);
  const host = found?.[1] ?? found?.[2];
  return host === undefined || port > 65_535 ? undefined : { host, port };
}
