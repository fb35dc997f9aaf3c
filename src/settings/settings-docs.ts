import { SETTINGS, type Setting } from './table.ts';

/** The table of settings in Markdown. */
export function settingsTable(): string {
  const rows = Object.entries(SETTINGS as Record<string, Setting>).map(
    ([name, setting]) =>
      `| \`--${name}\` | ${setting.env.map(code).join(', ')} | ${fallbackOf(setting)} | ${setting.text} |`,
  );
  return ['| flag | environment | default | |', '|---|---|---|---|', ...rows].join('\n');
}

const code = (text: string): string => `\`${text}\``;

function fallbackOf({ required, fallback, kind }: Setting): string {
  if (required) return '**required**';
  if (typeof kind === 'object' && 'oneOf' in kind)
    return kind.oneOf.map((one) => (one === fallback ? `**${one}**` : one)).join(', ');
  return fallback ? code(fallback) : '';
}
