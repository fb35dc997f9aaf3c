type Token = string | typeof ANY_RUN | typeof ANY_ONE;
const ANY_RUN = Symbol('*');
const ANY_ONE = Symbol('?');

/**
 * Whether `text` as a whole matches `pattern`: `*` stands for any run of characters, `?` for exactly one. Runs in
 * pattern length times text length at worst. `escapes` makes a backslash take the next character literally.
 */
export function matchesWildcard(pattern: string, text: string, escapes = false): boolean {
  const tokens = tokenize(pattern, escapes);
  const characters = Array.from(text);
  let token = 0;
  let at = 0;
  let retry: { token: number; at: number } | undefined;
  while (at < characters.length) {
    if (tokens[token] === ANY_RUN) {
      retry = { token: ++token, at };
    } else if (tokens[token] === ANY_ONE || tokens[token] === characters[at]) {
      token++;
      at++;
    } else if (retry) {
      // The last `*` swallows one character more; an earlier one never needs to be tried again.
      at = ++retry.at;
      token = retry.token;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === ANY_RUN);
}

function tokenize(pattern: string, escapes: boolean): Token[] {
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (escapes && character === '\\' && at + 1 < characters.length) tokens.push(characters[++at]!);
    else tokens.push(character === '*' ? ANY_RUN : character === '?' ? ANY_ONE : character);
  }
  return tokens;
}
