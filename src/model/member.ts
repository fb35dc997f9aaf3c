import { nearest } from '../nearest.ts';
import { checkAnnotations } from './annotations/check.ts';
import type { Reading } from './annotations/source.ts';
import type { BackendContext } from './backends.ts';
import { readClassParams, selects } from './class-params.ts';
import { ingressSources } from './group.ts';
import type { MemberInput, StackInput } from './input.ts';
import { type Claim, claimsOf, type MemberSettings, readSettings } from './member-settings.ts';
import { distinct, isRefused, refused, warning } from './problem.ts';
import { type DraftAction, readAction } from './rule-actions.ts';
import { type RuleDraft, readRules } from './rule-drafts.ts';
import type { Problem } from './stack.ts';

/** One Ingress, read: what it asks of the stack, or why it cannot have it. */
export type MemberPlan = {
  /** `<namespace>/<name>`. */
  owner: string;
  input: MemberInput;
  settings: MemberSettings;
  claims: Claim[];
  rules: RuleDraft[];
  defaultAction?: DraftAction;
  problems: Problem[];
};

/** Reads one member on its own: what it says never depends on another member. */
export function readMember(input: MemberInput, { settings, targetTypes }: StackInput): MemberPlan {
  const problems: Problem[] = [...checkObjects(input)];
  const { ingress, services } = input;
  const of = `Ingress ${ingress.namespace}/${ingress.name}`;
  const params = input.params && readClassParams(input.params, problems);
  const sources = ingressSources(input, []);
  const reading: Reading = { sources, problems };
  const context: BackendContext = {
    namespace: ingress.namespace,
    services,
    sources,
    // Class parameters are stronger than a Service's annotations, the Ingress and its class are weaker.
    above: params ? 1 : 0,
    defaultTargetType: settings.defaultTargetType,
    drain: settings.drain,
    targetTypes,
    problems,
  };
  const own: MemberSettings = {
    ...readSettings(reading),
    ...(params?.subnetTags && { subnetTags: params.subnetTags }),
  };
  const defaultAction =
    ingress.defaultBackend && readAction(context, ingress.defaultBackend, `${of} spec.defaultBackend`);
  const rules = readRules(context, ingress.rules, of);
  problems.push(...checkRedirects(own, rules, of), ...checkTls(input, of), ...checkUnused(input, of));
  const claims = [...claimsOf(own, reading), ...defaultClaims(own, defaultAction, of)];
  return {
    owner: `${ingress.namespace}/${ingress.name}`,
    input,
    settings: own,
    claims,
    rules,
    ...(defaultAction && { defaultAction }),
    problems: distinct(problems),
  };
}

/** Whether it can be served: warnings do not count. */
export const isGood = (plan: MemberPlan): boolean => !isRefused(plan.problems);

/** What is wrong before anything is read: annotation keys, the class, its parameters. */
function checkObjects(input: MemberInput): Problem[] {
  const { ingress } = input;
  const of = `Ingress ${ingress.namespace}/${ingress.name}`;
  return [
    ...checkAnnotations({ of, kind: 'Ingress', annotations: ingress.annotations }),
    ...(input.class
      ? checkAnnotations({
          of: `IngressClass ${input.class.name}`,
          kind: 'Ingress',
          annotations: input.class.annotations,
        })
      : []),
    ...checkClass(input, of),
  ];
}

function checkClass(input: MemberInput, member: string): Problem[] {
  const { ingress, class: of, params, namespaceLabels } = input;
  const field = `${member} spec.ingressClassName`;
  if (input.classGone === true) {
    const message = 'its IngressClass was deleted before it, and with it what the class decided';
    return [refused({ reason: 'IngressClassGone', field, message })];
  }
  if (of?.parameters !== undefined && params === undefined) {
    const message = `IngressClass ${of.name} wants IngressClassParams ${of.parameters}, and there are none of that name`;
    return [refused({ reason: 'ClassParamsNotFound', field, message })];
  }
  const read = params && readClassParams(params, []);
  if (read?.namespaceSelector === undefined || selects(read.namespaceSelector, namespaceLabels ?? {})) return [];
  const message = `wanted a namespace that matches ${JSON.stringify(read.namespaceSelector)}; given ${ingress.namespace} with labels ${JSON.stringify(namespaceLabels ?? {})}`;
  return [refused({ reason: 'NamespaceNotAllowed', field, message })];
}

/** Actions and conditions that belong to no backend: they may have been meant to keep somebody out. */
function checkUnused({ ingress }: MemberInput, of: string): Problem[] {
  const backends = [
    ...ingress.rules.flatMap(({ paths }) => paths.map(({ backend }) => backend)),
    ingress.defaultBackend,
  ];
  const names = backends.flatMap((backend) => (backend && 'service' in backend ? [backend.service] : []));
  const keys = Object.keys(ingress.annotations).filter((key) => BY_BACKEND.test(key));
  return keys
    .filter((key) => !names.includes(key.replace(BY_BACKEND, '')))
    .map((key) => {
      const near = nearest(key.replace(BY_BACKEND, ''), names);
      const message = `no backend of this Ingress has the name it ends in${near === undefined ? '' : `; did you mean ${near}?`}`;
      return warning({ reason: 'NotActedOn', field: `${of} metadata.annotations[${key}]`, message });
    });
}

const BY_BACKEND = /^alb\.ingress\.kubernetes\.io\/(actions|conditions)\./;

function checkTls({ ingress }: MemberInput, of: string): Problem[] {
  return ingress.tls.flatMap(({ secretName }, at) => {
    if (secretName === undefined || secretName === '') return [];
    const message = `a load balancer serves certificates of ACM or IAM, named by certificate-arn; Secret ${secretName} is not read`;
    return [warning({ reason: 'SecretNotRead', field: `${of} spec.tls[${at}].secretName`, message })];
  });
}

// ALB takes no redirect from HTTPS to HTTP.
function checkRedirects({ listenPorts }: MemberSettings, rules: RuleDraft[], of: string): Problem[] {
  const secure = listenPorts.some(({ protocol }) => protocol === 'HTTPS');
  const downgrade = rules.some(({ action }) => action.type === 'redirect' && action.protocol === 'HTTP');
  if (!secure || !downgrade) return [];
  const message =
    'wanted a redirect to HTTPS or to #{protocol}; given HTTP, to which an HTTPS listener cannot redirect';
  return [refused({ reason: 'InvalidAction', field: `${of} spec.rules`, message })];
}

function defaultClaims({ listenPorts }: MemberSettings, action: DraftAction | undefined, of: string): Claim[] {
  if (action === undefined) return [];
  return listenPorts.map(({ port }) => ({
    setting: `default backend of port ${port}`,
    value: of,
    field: `${of} spec.defaultBackend`,
  }));
}
