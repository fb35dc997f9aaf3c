/** As much of Terraform's language as is needed to read back what is printed: blocks, strings, lists of strings and references. */
export type Block = { kind: string; labels: string[]; values: Record<string, Value>; blocks: Block[] };
type Value = string | string[] | { reference: string };

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|([A-Za-z_][\w.]*)|([{}[\]=,]))/y;

/** Throws where the text is no such language. */
export function readHcl(text: string): { blocks: Block[] } {
  const tokens = tokensOf(text);
  const whole: Block = { kind: '', labels: [], values: {}, blocks: [] };
  while (tokens.length > 0) readEntry(tokens, whole);
  return whole;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new Error(`no HCL at ${JSON.stringify(text.slice(at, at + 40))}`);
    tokens.push(found[1] ?? found[2] ?? found[3] ?? '');
  }
  return tokens;
}

/** `name = value`, or a block with its labels. */
function readEntry(tokens: string[], into: Block): void {
  const name = take(tokens);
  if (!/^[A-Za-z_]/.test(name)) throw new Error(`wanted a name, given ${name}`);
  if (tokens[0] === '=') {
    take(tokens);
    if (name in into.values) throw new Error(`${name} stands there twice`);
    into.values[name] = readValue(tokens);
    return;
  }
  const block: Block = { kind: name, labels: [], values: {}, blocks: [] };
  while (tokens[0]?.startsWith('"')) block.labels.push(stringOf(take(tokens)));
  if (take(tokens) !== '{') throw new Error(`wanted { after ${name}`);
  while (tokens[0] !== '}') readEntry(tokens, block);
  take(tokens);
  into.blocks.push(block);
}

function readValue(tokens: string[]): Value {
  const token = take(tokens);
  if (token.startsWith('"')) return stringOf(token);
  if (token !== '[') return { reference: token };
  const list: string[] = [];
  while (tokens[0] !== ']') {
    list.push(stringOf(take(tokens)));
    if (tokens[0] === ',') take(tokens);
  }
  take(tokens);
  return list;
}

function take(tokens: string[]): string {
  const token = tokens.shift();
  if (token === undefined) throw new Error('HCL ends too early');
  return token;
}

/** Throws at a template, which none of ours is. */
function stringOf(token: string): string {
  if (/(?<!\$)\$\{|(?<!%)%\{/.test(token)) throw new Error(`a template: ${token}`);
  return (JSON.parse(token) as string).replaceAll('$${', () => '${').replaceAll('%%{', '%{');
}
