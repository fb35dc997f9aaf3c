const compiled = new Map<string, RegExp>();

/** Whether a text is as a pattern of IAM says: `*` is any text, `?` any character. */
export function isLike(text: string, pattern: string, flags = ''): boolean {
  const key = `${flags} ${pattern}`;
  const known = compiled.get(key) ?? compile(pattern, flags);
  compiled.set(key, known);
  return known.test(text);
}

function compile(pattern: string, flags: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\/]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, `s${flags}`);
}

/** ARNs by their six parts: a `*` of the pattern stays within its part, but for the last. */
export function isArnLike(arn: string, pattern: string): boolean {
  const [parts, patterns] = [partsOf(arn), partsOf(pattern)];
  return patterns.length === parts.length && patterns.every((one, index) => isLike(parts[index] ?? '', one));
}

function partsOf(arn: string): string[] {
  const all = arn.split(':');
  return all.length <= 6 ? all : [...all.slice(0, 5), all.slice(5).join(':')];
}
