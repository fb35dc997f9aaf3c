import { textOf } from '../schema/schema.ts';
import type { KubeObject } from '../../../../kube/api.ts';
import { objectSelector } from '../selectors.ts';
import { type Cause, prohibited, required, wrong } from '../status.ts';
import { checkPodSpec, completePodSpec } from './pod.ts';
import { at, part, type Rules, setDefault } from './rules.ts';

function completeTemplate(object: KubeObject): void {
  if (at(object, 'spec.template.spec')) completePodSpec(part(object, 'spec.template.spec'));
}

function checkTemplate(object: KubeObject): Cause[] {
  const template = part(object, 'spec.template');
  const causes = checkPodSpec(part(template, 'spec'), 'spec.template.spec');
  const policy = at(template, 'spec.restartPolicy');
  if (policy !== undefined && policy !== 'Always') {
    causes.push({
      ...wrong('spec.template.spec.restartPolicy', policy, ''),
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Always"`,
    });
  }
  return [...causes, ...checkSelector(object)];
}

function checkSelector(object: KubeObject): Cause[] {
  const selector = at(object, 'spec.selector') as Parameters<typeof objectSelector>[0] | undefined;
  if (!selector) return [];
  if (!selector.matchLabels && !selector.matchExpressions) {
    return [wrong('spec.selector', selector, 'empty selector is invalid for deployment')];
  }
  const labels = (at(object, 'spec.template.metadata.labels') ?? {}) as Record<string, string>;
  if (objectSelector(selector)(labels)) return [];
  return [wrong('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}

export const replicaSetRules: Rules = {
  complete: completeTemplate,
  validate: checkTemplate,
  immutable: ['spec.selector'],
};

export const deploymentRules: Rules = {
  complete(deployment) {
    completeTemplate(deployment);
    const strategy = part(deployment, 'spec.strategy');
    if (strategy.type !== 'RollingUpdate') return;
    setDefault(strategy, 'rollingUpdate', {});
    setDefault(part(strategy, 'rollingUpdate'), 'maxUnavailable', '25%');
    setDefault(part(strategy, 'rollingUpdate'), 'maxSurge', '25%');
  },
  validate: (deployment) => [...checkTemplate(deployment), ...checkStrategy(deployment)],
  immutable: ['spec.selector'],
};

function checkStrategy(deployment: KubeObject): Cause[] {
  const { type, rollingUpdate } = part(deployment, 'spec.strategy');
  const path = 'spec.strategy.rollingUpdate';
  if (type === 'Recreate' && rollingUpdate) {
    return [prohibited(path, "may not be specified when strategy `type` is 'Recreate'")];
  }
  const limits = ['maxUnavailable', 'maxSurge'].map((name) => ({
    name,
    value: part(rollingUpdate, name) && at(rollingUpdate, name),
  }));
  const causes = limits.flatMap(({ name, value }) => checkAmount(value, `${path}.${name}`));
  const zero = limits.every(({ value }) => value === 0 || value === '0%');
  if (!zero || type !== 'RollingUpdate') return causes;
  return [...causes, wrong(`${path}.maxUnavailable`, 0, 'may not be 0 when `maxSurge` is 0')];
}

/** A count, or a percentage like 25%. */
function checkAmount(value: unknown, field: string): Cause[] {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return [];
  if (typeof value === 'number') return [wrong(field, value, 'must be greater than or equal to 0')];
  if (/^\d+%$/.test(textOf(value))) return [];
  return [wrong(field, value, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%')")];
}

export const budgetRules: Rules = {
  validate(budget) {
    const { minAvailable, maxUnavailable } = part(budget, 'spec');
    const causes = [
      ...checkAmount(minAvailable, 'spec.minAvailable'),
      ...checkAmount(maxUnavailable, 'spec.maxUnavailable'),
    ];
    if (minAvailable === undefined || maxUnavailable === undefined) return causes;
    return [...causes, wrong('spec', part(budget, 'spec'), 'minAvailable and maxUnavailable cannot be both set')];
  },
};

export const leaseRules: Rules = {
  validate(lease) {
    const seconds = at(lease, 'spec.leaseDurationSeconds');
    if (typeof seconds === 'number' && seconds <= 0) {
      return [wrong('spec.leaseDurationSeconds', seconds, 'must be greater than 0')];
    }
    return at(lease, 'spec.leaseTransitions') !== undefined && Number(at(lease, 'spec.leaseTransitions')) < 0
      ? [required('spec.leaseTransitions', 'must be greater than or equal to 0')]
      : [];
  },
};
