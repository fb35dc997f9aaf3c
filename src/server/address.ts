import { Invalid } from '../errors.ts';

export type Address = { host: string; port: number };

/** `host:port`, `[::1]:8080` or `:8080` for every address of the machine; undefined for `off`. Throws Invalid, naming the setting, for anything else. */
export function readAddress(setting: string, text: string): Address | undefined {
  if (text === 'off') return undefined;
  const found = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535)
    throw new Invalid(setting, `wanted host:port or off, given ${JSON.stringify(text)}`);
  return { host: found[1] ?? (found[2] || '0.0.0.0'), port };
}
