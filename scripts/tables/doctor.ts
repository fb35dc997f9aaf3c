import { CHECK_NAMES, CHECKS } from '../../src/model/doctor/checks.ts';
import { REASONS } from '../../src/model/doctor/reasons.ts';
import { code, tableOf } from './markdown.ts';

/** The checks, in their order. */
export const doctorChecks = (): string =>
  tableOf(
    ['check', 'what it asks', 'what is wanted'],
    CHECK_NAMES.map((name) => [code(name), CHECKS[name].asks, CHECKS[name].wants]),
  );

/** What can be found, in the order of the checks. */
export const doctorReasons = (): string =>
  tableOf(
    ['check', 'reason', '', 'what it costs', 'next'],
    CHECK_NAMES.flatMap((name) =>
      Object.entries(REASONS)
        .filter(([, { check }]) => check === name)
        .map(([reason, { level, cost, next }]) => [code(name), code(reason), level, cost, code(next)]),
    ),
  );
