import type { Ingress, IngressPath } from '../cluster/objects.ts';
import { fieldOf, read, readOf } from './annotations/source.ts';
import type { BackendContext } from './backends.ts';
import { refused } from './problem.ts';
import { type DraftAction, readAction } from './rule-actions.ts';
import {
  furtherProblem,
  hostProblem,
  joinConditions,
  pathCondition,
  pathProblem,
  splitConditions,
} from './rule-conditions.ts';
import type { RuleCondition } from './stack.ts';

/** A rule before it has a listener and a priority. */
export type RuleDraft = { conditions: RuleCondition[]; action: DraftAction };

/** What one host and path come from. */
type Place = { host: string | undefined; path: IngressPath; field: string };

/** The rules of an Ingress in their order: rule by rule, within a rule the most specific path first. */
export function readRules(context: BackendContext, rules: Ingress['rules'], of: string): RuleDraft[] {
  return rules.flatMap(({ host, paths }, at) => {
    const field = `${of} spec.rules[${at}]`;
    checkHost(context, host, field);
    const places = paths.map((path, index) => ({ host, path, field: `${field}.http.paths[${index}]` }));
    return sortPlaces(places).flatMap((place) => readPlace(context, place));
  });
}

function checkHost(context: BackendContext, host: string | undefined, field: string): void {
  const wanted = host === undefined ? undefined : hostProblem(host);
  if (wanted === undefined) return;
  context.problems.push(refused({ reason: 'InvalidHost', field: `${field}.host`, message: `wanted ${wanted}` }));
}

const RANK: Record<IngressPath['pathType'], number> = { Exact: 0, Prefix: 1, ImplementationSpecific: 2 };

/** Exact, then Prefix with the longest first, then ImplementationSpecific as written. */
function sortPlaces(places: Place[]): Place[] {
  return places.toSorted((a, b) => {
    const rank = RANK[a.path.pathType] - RANK[b.path.pathType];
    return rank || (a.path.pathType === 'Prefix' ? b.path.path.length - a.path.path.length : 0);
  });
}

function readPlace(context: BackendContext, { host, path, field }: Place): RuleDraft[] {
  const action = readAction(context, path.backend, `${field}.backend`);
  const further = readFurther(context, path);
  const regex = path.pathType === 'ImplementationSpecific' && read(context, 'use-regex-path-match') === true;
  const wanted = pathProblem(path, regex);
  if (wanted !== undefined) {
    context.problems.push(refused({ reason: 'InvalidPath', field: `${field}.path`, message: `wanted ${wanted}` }));
    return [];
  }
  const alternatives = joinConditions(host, pathCondition(path, regex), further);
  const split = alternatives.map(splitConditions);
  if (split.some((one) => one === undefined)) context.problems.push(refused(tooMany(field, alternatives)));
  return split.flatMap((one) => one ?? []).map((conditions) => ({ conditions, action }));
}

function readFurther(context: BackendContext, { backend }: IngressPath): RuleCondition[] {
  const name = 'service' in backend ? backend.service : undefined;
  const further = (name !== undefined && readOf(context, 'conditions', name)) || [];
  const wanted = furtherProblem(further);
  if (wanted === undefined) return further;
  const field = fieldOf(context, `conditions.${name}`);
  context.problems.push(refused({ reason: 'InvalidCondition', field, message: `wanted ${wanted}` }));
  return [];
}

const tooMany = (field: string, given: RuleCondition[][]) => ({
  reason: 'TooManyConditions',
  field,
  message: `wanted at most 5 values and 5 wildcards in the conditions of one rule, and these cannot be spread over several rules; given ${JSON.stringify(given)}`,
});
