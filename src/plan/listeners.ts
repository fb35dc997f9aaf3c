import type { Listener } from '../model/stack.ts';
import { type Draft, loadBalancerRef, STEP, targetGroupRefs } from './draft.ts';
import { resolveActions, textOfActions } from './equality.ts';
import type { ObservedListener, ObservedRule } from './observed.ts';
import { mayOverlap } from './overlap.ts';
import { planRules } from './rules.ts';
import { warmActions } from './succession.ts';
import { groupsOf, type ListenerSettings, type PlannedAction, type Ref, type Step, stepsOf } from './step.ts';

/** The listeners of the load balancer, matched by port, each with its certificates and rules. */
export function planListeners(draft: Draft): Step[] {
  const groups = targetGroupRefs(draft);
  const steps = draft.wanted.listeners.flatMap((wanted) => {
    const observed = draft.loadBalancer?.listeners.find((listener) => listener.port === wanted.port);
    return planListener({ draft, wanted, observed, groups });
  });
  return keepUntilMoved(steps, draft.loadBalancer?.listeners ?? []);
}

/** A rule whose requests another listener is to take goes after that one stands: where AWS refuses the listener, the rule serves on. */
function keepUntilMoved(steps: Step[], observed: readonly ObservedListener[]): Step[] {
  const conditions = new Map(
    observed.flatMap(({ rules }) => rules.map((rule) => [rule.arn, rule.conditions] as const)),
  );
  const moved = steps.map((step) => {
    const gone = step.operation.do === 'deleteRule' ? conditions.get(step.operation.arn) : undefined;
    const others = gone ? steps.filter((other) => takesOver(other, gone) && !step.needs.includes(other.id)) : [];
    return others.length === 0 ? step : { ...step, needs: [...step.needs, ...others.map(({ id }) => id)] };
  });
  if (moved.every((step, at) => step === steps[at])) return steps;
  const isDeletion = ({ operation }: Step): boolean => operation.do === 'deleteRule';
  return [...moved.filter((step) => !isDeletion(step)), ...moved.filter(isDeletion)];
}

const takesOver = ({ operation }: Step, conditions: ObservedRule['conditions']): boolean =>
  operation.do === 'createRule' && mayOverlap(operation.conditions, conditions);

type Work = { draft: Draft; wanted: Listener; observed: ObservedListener | undefined; groups: Map<string, Ref> };

function planListener({ draft, wanted, observed, groups }: Work): Step[] {
  const settings = settingsOf(wanted, resolveActions(warmActions(wanted.defaultActions, draft), groups));
  const listener: Ref = observed ? { arn: observed.arn } : { step: STEP.listener(wanted.port) };
  const own = observed ? planChange(wanted, observed, settings) : planNew(draft, wanted, settings);
  const rules = wanted.rules.map((rule) => ({
    ...rule,
    actions: resolveActions(warmActions(rule.actions, draft), groups),
  }));
  const fresh = draft.loadBalancer === undefined;
  const work = { listener, port: wanted.port, wanted: rules, observed: observed?.rules ?? [], fresh };
  const defaultStep = own.find((step) => step.id === modifyId(wanted.port));
  if (!defaultStep) return [...own, ...planRules(work)];
  // The certificates that go wait for the new default one, and so come after the rules.
  const index = own.indexOf(defaultStep);
  return [...own.slice(0, index), ...planRules({ ...work, defaultStep }), ...own.slice(index + 1)];
}

const modifyId = (port: number): string => `modify listener/${port}`;

function settingsOf(wanted: Listener, defaultActions: PlannedAction[]): ListenerSettings {
  const { port, protocol, sslPolicy } = wanted;
  const [certificate] = certificatesOf(wanted);
  return {
    port,
    protocol,
    ...(sslPolicy ? { sslPolicy } : {}),
    ...(certificate ? { certificate } : {}),
    defaultActions,
  };
}

/** HTTP listeners have none, whatever an endpoint echoes. */
const certificatesOf = ({ protocol, certificates }: Pick<ObservedListener, 'protocol' | 'certificates'>): string[] =>
  protocol === 'HTTPS' ? [...new Set(certificates)] : [];

function planNew(draft: Draft, wanted: Listener, settings: ListenerSettings): Step[] {
  const loadBalancer = loadBalancerRef(draft);
  const id = STEP.listener(wanted.port);
  const create: Step = {
    id,
    resource: `listener/${wanted.port}`,
    because: `clients are to be served on port ${wanted.port} with ${wanted.protocol}`,
    impact: 'none',
    needs: stepsOf([loadBalancer, ...groupsOf(settings.defaultActions)]),
    operation: { do: 'createListener', loadBalancer, settings, tags: wanted.tags },
  };
  const more = certificatesOf(wanted).slice(1);
  return [create, ...more.map((certificate) => addCertificate({ step: id }, wanted.port, certificate))];
}

function planChange(wanted: Listener, observed: ObservedListener, settings: ListenerSettings): Step[] {
  const listener: Ref = { arn: observed.arn };
  const [wantedDefault, ...wantedMore] = certificatesOf(wanted);
  const [observedDefault, ...observedMore] = certificatesOf(observed);
  const added = wantedMore
    .filter((certificate) => !observedMore.includes(certificate))
    .map((certificate) => addCertificate(listener, wanted.port, certificate));
  const reasons = whyModify({ wanted, observed, settings }, [wantedDefault, observedDefault]);
  const modified = reasons.length > 0 ? [modify(listener, settings, reasons)] : [];
  // An HTTP listener takes no certificates: it has to become HTTPS first.
  const becomesHttps = observed.protocol !== 'HTTPS';
  const surplus = wantedDefault ? observedMore.filter((certificate) => !wantedMore.includes(certificate)) : [];
  const removed = surplus.map((certificate) => removeCertificate(listener, wanted.port, certificate));
  const ordered = becomesHttps ? [...modified, ...added] : [...added, ...modified];
  return chain([...ordered, ...removed]);
}

/** Each step needs the ones before it. */
function chain(steps: Step[]): Step[] {
  return steps.map((step, index) => ({
    ...step,
    needs: [...step.needs, ...steps.slice(0, index).map(({ id }) => id)],
  }));
}

type Pair = { wanted: Listener; observed: ObservedListener; settings: ListenerSettings };

function whyModify(
  { wanted, observed, settings }: Pair,
  certificates: [string | undefined, string | undefined],
): string[] {
  const policy =
    wanted.protocol === 'HTTPS' && wanted.sslPolicy !== undefined && wanted.sslPolicy !== observed.sslPolicy;
  const reasons: [boolean, string][] = [
    [wanted.protocol !== observed.protocol, `the protocol changes from ${observed.protocol} to ${wanted.protocol}`],
    [policy, `the TLS policy changes from ${observed.sslPolicy ?? 'none'} to ${wanted.sslPolicy}`],
    [certificates[0] !== undefined && certificates[0] !== certificates[1], 'the default certificate differs'],
    [textOfActions(settings.defaultActions) !== textOfActions(observed.defaultActions), 'the default action differs'],
  ];
  return reasons.flatMap(([applies, reason]) => (applies ? [reason] : []));
}

function modify(listener: Ref, settings: ListenerSettings, reasons: string[]): Step {
  const resource = `listener/${settings.port}`;
  return {
    id: modifyId(settings.port),
    resource,
    because: reasons.join('; '),
    impact: 'in place',
    needs: stepsOf(groupsOf(settings.defaultActions)),
    operation: { do: 'modifyListener', listener, settings },
  };
}

function addCertificate(listener: Ref, port: number, certificate: string): Step {
  return {
    id: `add-certificate listener/${port} ${certificate}`,
    resource: `listener/${port}`,
    because: `the certificate ${certificate} is to be offered`,
    impact: 'none',
    needs: stepsOf([listener]),
    operation: { do: 'addCertificate', listener, certificate },
  };
}

function removeCertificate(listener: Ref, port: number, certificate: string): Step {
  return {
    id: `remove-certificate listener/${port} ${certificate}`,
    resource: `listener/${port}`,
    because: `the certificate ${certificate} is no longer to be offered`,
    impact: 'in place',
    needs: [],
    operation: { do: 'removeCertificate', listener, certificate },
  };
}
