import { type LuaEngine, LuaFactory } from 'wasmoon';

/** Runs a script with plain JSON as its global `obj`, as Argo CD does; returns the string fields of the table it returns. */
export async function runLua(script: string, obj: unknown): Promise<Record<string, string>> {
  const lua: LuaEngine = await new LuaFactory().createEngine();
  try {
    await lua.doString(`obj = ${literalOf(obj)}`);
    return { ...(await lua.doString(script)) } as Record<string, string>;
  } finally {
    lua.global.close();
  }
}

/** The value as Lua writes it: a table of its own, with lists that begin at 1. */
function literalOf(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'string') return bytesOf(value);
  if (Array.isArray(value)) return `{ ${value.map(literalOf).join(', ')} }`;
  if (typeof value !== 'object') return String(value as number | boolean);
  return `{ ${Object.entries(value)
    .map(([key, one]) => `[${bytesOf(key)}] = ${literalOf(one)}`)
    .join(', ')} }`;
}

const bytesOf = (text: string): string =>
  `"${[...Buffer.from(text)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;
