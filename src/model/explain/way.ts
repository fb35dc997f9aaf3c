import { checkHealth } from './checks/health.ts';
import { checkIngresses } from './checks/ingress.ts';
import { checkLoadBalancers } from './checks/load-balancers.ts';
import { checkServices } from './checks/pods.ts';
import { checkRules } from './checks/rules.ts';
import { checkTargets } from './checks/targets.ts';
import type { WayFacts } from './facts.ts';
import { type Finding, inOrder, lineOf } from './findings.ts';
import { groupWaysOf } from './groups.ts';
import { type Path, pathOf } from './path.ts';

/** What is between a client and the pods, and where the way is broken. JSON. */
export type WayExplanation = {
  subject: string;
  /** `serves`, or the first broken link, else the first thing to know. */
  verdict: string;
  /** Whether anything is broken. */
  broken: boolean;
  /** What is broken, in the order in which a request meets it, then what else is to know. */
  findings: Finding[];
  paths: Path[];
  /** What could not be read. */
  unasked: string[];
};

/** Explains the way to one Ingress, Service or pod. */
export function explainWay(facts: WayFacts): WayExplanation {
  const groups = groupWaysOf(facts);
  const findings = withoutSymptoms([
    ...checkIngresses(facts),
    ...checkLoadBalancers(facts),
    ...checkRules(facts),
    ...groups.flatMap(checkTargets),
    ...groups.flatMap(checkHealth),
    ...checkServices(facts),
  ]);
  const { kind, namespace, name } = facts.subject;
  const [first] = findings;
  return {
    subject: `${kind} ${namespace}/${name}`,
    verdict: first === undefined ? 'serves' : lineOf(first),
    broken: findings.some(({ severity }) => severity === 'broken'),
    findings,
    paths: groups.map(pathOf),
    unasked: facts.unasked,
  };
}

/** What makes a target group serve nothing leaves its targets unused: that is told once. */
const CAUSES = new Set<Finding['reason']>(['LoadBalancerGone', 'ListenerGone', 'RuleGone', 'RedirectLoop']);

function withoutSymptoms(findings: Finding[]): Finding[] {
  const caused = findings.some(({ reason }) => CAUSES.has(reason));
  return inOrder(findings.filter(({ reason }) => !(caused && reason === 'TargetUnused')));
}

/** The explanation in plain lines: every finding, else the verdict; then what to do about each, what a pod says besides, and the paths. */
export function tellWay({ subject, verdict, findings, paths, unasked }: WayExplanation, pod: string[] = []): string[] {
  return [
    ...(findings.length === 0 ? [`${verdict}${without(unasked)}`] : findings.map(lineOf)),
    '',
    subject,
    ...findings.flatMap(({ reason, next, more }) => [`  ${reason}: ${next}`, ...(more ? [`    ${more}`] : [])]),
    ...unasked.map((one) => `  not asked: ${one}`),
    ...(pod.length > 0 ? ['', ...pod] : []),
    ...paths.flatMap(tellPath),
  ];
}

/** Nobody is to take the cluster's word for that of AWS. */
const without = (unasked: string[]): string =>
  unasked.some((one) => one.startsWith('AWS: ')) ? ', as far as the cluster tells: AWS was not asked' : '';

const WIDTH = 18;

function tellPath({ drawing, service, targetGroup, mode, hops }: Path): string[] {
  const told = hops.flatMap(({ hop, lines }) =>
    lines.map((line, at) => `  ${(at === 0 ? hop : '').padEnd(WIDTH)}${line}`),
  );
  return ['', drawing, `  ${'Service'.padEnd(WIDTH)}${service}, target group ${targetGroup} (${mode})`, ...told];
}
