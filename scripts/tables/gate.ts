import { GATE_REASONS } from '../../src/model/gate-reasons.ts';
import { code, tableOf } from './markdown.ts';

/** The reasons of the readiness gate. */
export const gateTable = (): string =>
  tableOf(
    ['reason', 'condition', ''],
    Object.entries(GATE_REASONS).map(([reason, { status, text }]) => [code(reason), status, text]),
  );
