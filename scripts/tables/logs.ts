import { LOG_KEYS } from '../../src/log/keys.ts';
import { code, tableOf } from './markdown.ts';

/** The keys of log lines. */
export const logKeysTable = (): string =>
  tableOf(
    ['key', ''],
    Object.entries(LOG_KEYS).map(([key, text]) => [code(key), text]),
  );
