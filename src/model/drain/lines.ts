import type { DrainBudget, Service, TargetGroupObject } from '../../cluster/objects.ts';
import { preStopOf, settledPreStop } from './budget.ts';
import { type DrainLine, parseLine, writeLine } from './line.ts';

/** A line as it stands, and since when it asks for as much as it does. */
type StandingLine = { line: DrainLine; since: string }; // RFC 3339

/** What is injected into the pods of one Service, or why nothing can be. */
export type ServiceLine = StandingLine | { problem: { reason: LineProblem; message: string } };

type LineProblem = 'NoSelector' | 'SelectorNotWritable' | 'AccessDenied';

/** More lines than this cost a noticeable part of the time a pod takes to be created. */
export const MANY_LINES = 200;

type Standing = ReadonlyMap<string, StandingLine>;

/** What a namespace is read from: its TargetGroup objects, its Services, and the lines that stand. */
export type LinesInput = {
  groups: readonly TargetGroupObject[];
  service(name: string): Service | undefined;
  standing: Standing;
  /** RFC 3339. */
  now: string;
};

/** The line of each Service that has a managed target group, by its name. Pure. */
export function linesOf({ groups, service, standing, now }: LinesInput): Map<string, ServiceLine> {
  const managed = groups.filter(({ spec, deleting }) => spec.drain?.mode === 'Managed' && !deleting);
  const byService = Map.groupBy(managed, ({ spec }) => spec.service.name);
  const lines = [...byService].flatMap(([name, own]): [string, ServiceLine][] => {
    const found = service(name);
    if (found === undefined || found.deleting) return [];
    return [[name, lineOf(found, own, { before: standing.get(name), now })]];
  });
  return new Map(lines);
}

type Before = { before: StandingLine | undefined; now: string };

/** Of several target groups the largest demand counts: a pod of the Service is in all of them. */
function lineOf(service: Service, groups: TargetGroupObject[], { before, now }: Before): ServiceLine {
  const { selector } = service;
  const where = `Service ${service.namespace}/${service.name}`;
  if (Object.keys(selector).length === 0)
    return problem(
      'NoSelector',
      `${where} has no spec.selector: into pods that it does not select nothing is injected`,
    );
  const budgets = groups.flatMap(({ spec, status }) => (spec.drain ? [{ drain: spec.drain, status }] : []));
  const line: DrainLine = {
    preStop: Math.max(...budgets.map((one) => demandOf(one, before?.line))),
    gate: groups.some(({ spec }) => spec.targetType === 'ip' && spec.drain?.gate === true),
    liveness: budgets.some(({ drain }) => drain.livenessGrace === 'Preserve') ? 'preserve' : 'off',
    selector,
  };
  if (writeLine(line) === undefined) return problem('SelectorNotWritable', notWritable(where, line));
  return { line, since: before && !asksMore(line, before.line) ? before.since : now };
}

function demandOf(
  { drain, status }: { drain: DrainBudget; status: TargetGroupObject['status'] },
  before: DrainLine | undefined,
): number {
  const needed = preStopOf(drain, status.startSeconds);
  return settledPreStop(needed, { hold: drain.hold, ...(before && { standing: before.preStop }) });
}

/** Pods that were born under a line that asked less may lack what this one asks. */
function asksMore(now: DrainLine, before: DrainLine): boolean {
  const wider = Object.entries(before.selector).some(([key, value]) => now.selector[key] !== value);
  return now.preStop > before.preStop || (now.gate && !before.gate) || wider;
}

const problem = (reason: LineProblem, message: string): ServiceLine => ({ problem: { reason, message } });

const notWritable = (where: string, { preStop, selector }: DrainLine): string =>
  `${where}: wanted at most 9999 seconds and a spec.selector without the characters , ; and = in its labels; given ${preStop} s and ${JSON.stringify(selector)}`;

/** The lines as the ConfigMap has them. Where one has stood since an unknown time it counts as new. Never throws. */
export function readLines(data: Record<string, string>, since: string | undefined, now: string): Standing {
  const times = readSince(since);
  const lines = Object.entries(data).flatMap(([name, text]): [string, StandingLine][] => {
    const line = parseLine(text);
    return line === undefined ? [] : [[name, { line, since: times.get(name) ?? now }]];
  });
  return new Map(lines);
}

/** The annotation is ours, and anybody may have written it. */
function readSince(text: string | undefined): Map<string, string> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value !== 'object' || value === null) return new Map();
    return new Map(
      Object.entries(value).filter(([, time]) => typeof time === 'string' && !Number.isNaN(Date.parse(time))),
    );
  } catch {
    return new Map();
  }
}

/** Data and annotation of the ConfigMap with these lines. */
export function writeLines(lines: ReadonlyMap<string, ServiceLine>): { data: Record<string, string>; since: string } {
  const standing = [...lines].flatMap(([name, one]) => ('line' in one ? [{ name, ...one }] : []));
  const data = standing.map(({ name, line }) => [name, writeLine(line) ?? '']);
  return {
    data: Object.fromEntries(data) as Record<string, string>,
    since: JSON.stringify(Object.fromEntries(standing.map(({ name, since }) => [name, since]))),
  };
}
