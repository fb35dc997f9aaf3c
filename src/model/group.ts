import { nameFor } from '../api/controller.ts';
import { type Ingress, type IngressClass, keyOf } from '../cluster/objects.ts';
import { INGRESS_PREFIX } from './annotations/annotation.ts';
import { annotationSource, read, type Source } from './annotations/source.ts';
import { INGRESS_KEYS } from './annotations/table.ts';
import { compareText } from './canonical.ts';
import { readClassParams } from './class-params.ts';
import type { Problem } from './stack.ts';

/** `spec.controller` of the IngressClasses that are ours, where we have no id. */
const CONTROLLER = 'podwire.dev/alb';
/** Held on every Ingress we serve until nothing of it is left in AWS. */
export const ingressFinalizer = (controllerId?: string): string => nameFor('podwire.dev/load-balancer', controllerId);

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
/** Classes of EKS Auto Mode, which runs its own controller. */
const EKS_AUTO_MODE = 'eks.amazonaws.com/alb';

export type ClassSettings = {
  /** Of this operator: classes of another one are another's. */
  controllerId?: string | undefined;
  /** Value of the old annotation that means us even where no IngressClass has that name. */
  legacyIngressClass?: string;
};

export type Verdict =
  | {
      ours: true;
      reason: 'Class' | 'DefaultClass' | 'LegacyClass' | 'ClassGone';
      message: string;
      class?: IngressClass;
    }
  | { ours: false; reason: 'OtherClass' | 'EksAutoMode' | 'UnknownClass' | 'NoClass'; message: string };

/**
 * Whether an Ingress is ours, and why. The old annotation beats `spec.ingressClassName`, as with the peer. An Ingress that
 * carries our finalizer stays ours when its class is gone; it leaves only for a class that exists and is another's.
 */
export function classify(ingress: Ingress, classes: IngressClass[], settings: ClassSettings = {}): Verdict {
  const legacy = ingress.annotations[CLASS_ANNOTATION];
  const name = legacy ?? ingress.className;
  if (name === undefined) return byDefaultClass(ingress, classes, settings);
  const named = classes.find((one) => one.name === name);
  if (named !== undefined) return byClass(named, 'Class', settings);
  if (legacy !== undefined && legacy === settings.legacyIngressClass)
    return { ours: true, reason: 'LegacyClass', message: `annotation ${CLASS_ANNOTATION} is ${legacy}` };
  const message = `there is no IngressClass ${name}`;
  return withoutClass(ingress, settings, { ours: false, reason: 'UnknownClass', message });
}

function byDefaultClass(ingress: Ingress, classes: IngressClass[], settings: ClassSettings): Verdict {
  // Of several default classes the API server's admission takes the newest.
  const newestFirst = (a: IngressClass, b: IngressClass) =>
    compareText(b.created, a.created) || compareText(a.name, b.name);
  const [chosen] = classes.filter(({ isDefault }) => isDefault).toSorted(newestFirst);
  if (chosen !== undefined) return byClass(chosen, 'DefaultClass', settings);
  const message = 'it names no class, and no IngressClass is the default one';
  return withoutClass(ingress, settings, { ours: false, reason: 'NoClass', message });
}

function byClass(named: IngressClass, reason: 'Class' | 'DefaultClass', { controllerId }: ClassSettings): Verdict {
  const message = `IngressClass ${named.name} has controller ${named.controller}`;
  if (named.controller === nameFor(CONTROLLER, controllerId)) return { ours: true, reason, message, class: named };
  if (named.controller !== EKS_AUTO_MODE) return { ours: false, reason: 'OtherClass', message };
  return { ours: false, reason: 'EksAutoMode', message: `${message}: EKS Auto Mode serves it, Podwire does not` };
}

const withoutClass = (ingress: Ingress, { controllerId }: ClassSettings, otherwise: Verdict): Verdict =>
  ingress.finalizers.includes(ingressFinalizer(controllerId))
    ? { ours: true, reason: 'ClassGone', message: `${otherwise.message}; what is served stays as it was` }
    : otherwise;

/** What decides the stack of an Ingress. */
export type Grouped = {
  ingress: Pick<Ingress, 'namespace' | 'name' | 'annotations'>;
  class?: Pick<IngressClass, 'name' | 'annotations'>;
  params?: { name: string; spec: Record<string, unknown> };
};

/**
 * `group/<name>` or `ingress/<namespace>/<name>`; or why neither can be said. An Ingress of which it cannot be said stays a member
 * of the stack that serves it, where it is refused and keeps its last good rules.
 */
export function stackKeyOf(member: Grouped): { stack: string } | { problem: Problem } {
  const problems: Problem[] = [];
  const sources = ingressSources(member, problems);
  const invalidParams = problems.find(({ reason }) => reason === 'InvalidClassParams');
  if (invalidParams !== undefined) return { problem: invalidParams };
  const reading = { sources, problems: [] as Problem[] };
  const group = read(reading, 'group.name');
  const [problem] = reading.problems;
  if (problem !== undefined) return { problem };
  return { stack: group === undefined ? `ingress/${keyOf(member.ingress)}` : `group/${group}` };
}

type Referring = Pick<Ingress, 'rules' | 'annotations' | 'defaultBackend'>;

/** Names of the Services an Ingress refers to, in its own namespace: by its rules, its default backend and its `actions.*`. */
export function servicesOf({ rules, defaultBackend, annotations }: Referring): string[] {
  const backends = [...rules.flatMap(({ paths }) => paths.map(({ backend }) => backend)), defaultBackend];
  const named = backends.flatMap((backend) => (backend && 'service' in backend ? [backend.service] : []));
  const actions = Object.keys(annotations).filter((key) => key.startsWith(`${INGRESS_PREFIX}actions.`));
  const inActions = actions.flatMap((key) => servicesOfAction(annotations[key] ?? ''));
  return [...new Set([...named, ...inActions])].toSorted(compareText);
}

function servicesOfAction(text: string): string[] {
  const outcome = INGRESS_KEYS['actions.*'].read(text);
  if (!('value' in outcome) || outcome.value.type !== 'forward') return [];
  return outcome.value.targets.flatMap(({ serviceName }) => (serviceName === undefined ? [] : [serviceName]));
}

/** Where an Ingress's values come from, the strongest first; a Service's go between the first two. */
export function ingressSources({ ingress, class: of, params }: Grouped, problems: Problem[]): Source[] {
  const read = params && readClassParams(params, problems);
  return [
    ...(read ? [read.source] : []),
    { ...annotationSource(`Ingress ${keyOf(ingress)}`, ingress.annotations), usual: true },
    ...(of ? [annotationSource(`IngressClass ${of.name}`, of.annotations)] : []),
  ];
}

/** Order of the members of a group: `group.order`, then namespace, then name. */
export function compareMembers(a: Grouped, b: Grouped): number {
  const order = orderOf(a) - orderOf(b);
  return order || compareText(a.ingress.namespace, b.ingress.namespace) || compareText(a.ingress.name, b.ingress.name);
}

function orderOf({ ingress }: Grouped): number {
  const given = Number(ingress.annotations[`${INGRESS_PREFIX}group.order`] ?? '0');
  return Number.isInteger(given) ? given : 0;
}
