/** `host:port`, `[::1]:8080`, or `:8080` for every address of the machine. */
export const ADDRESS = String.raw`(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]*)):(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])`;

export type Address = { host: string; port: number };

/** What a checked setting names; undefined for `off`. */
export function readAddress(text: string): Address | undefined {
  const [, ipv6, host, port] = new RegExp(`^${ADDRESS}$`).exec(text) ?? [];
  return port === undefined ? undefined : { host: ipv6 ?? (host || '0.0.0.0'), port: Number(port) };
}
