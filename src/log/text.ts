/** One line of JSON for a person who reads along: time, level, message, then the rest as `key=value`. */
export function textOf(line: string): string {
  const { time, level, msg = '', ...rest } = JSON.parse(line) as Line;
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${valueOf(value)}`);
  return `${[time, level.toUpperCase().padEnd(5), msg, ...pairs].join(' ')}\n`;
}

type Line = { time: string; level: string; msg?: string; [key: string]: unknown };

const valueOf = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
