import type { CheckName } from '../checks.ts';

/** What can be wrong: of which check, how much it weighs, what it costs and the next command; words in braces are filled in. */
export type ReasonRow = { check: CheckName; level: 'failure' | 'warning'; cost: string; next: string };

/** Applies the chart again as it was, with what it installs itself: roles, admission, CRDs. */
export const UPGRADE = 'helm upgrade {release} {chart} --namespace {namespace} --reuse-values';
