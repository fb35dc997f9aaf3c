import { EVENT_REASONS } from '../../src/kube/reasons.ts';
import { code, tableOf } from './markdown.ts';

/** The reasons of Events. */
export const eventTable = (): string =>
  tableOf(
    ['reason', 'type', ''],
    Object.entries(EVENT_REASONS).map(([reason, { type, text }]) => [code(reason), type, text]),
  );
