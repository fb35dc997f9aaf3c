import type { Ingress, IngressClass, IngressClassParams, Service } from '../cluster/objects.ts';
import { INGRESS_PREFIX, OWN_PREFIX } from './annotations/annotation.ts';
import { compareText, hashOf } from './canonical.ts';
import type { DrainSettings } from './drain/budget.ts';
import type { Tags } from './stack.ts';
import type { ClusterIdentity } from './tags.ts';

/** One Ingress of a stack with what it names. */
export type Member = {
  ingress: Ingress;
  /** Its IngressClass, where it has one. */
  class?: IngressClass;
  /** Its IngressClass was deleted before it: what is served stays as it was. */
  classGone?: boolean;
  /** The parameters its class names; absent when it names none or they are gone. */
  params?: IngressClassParams;
  /** Labels of its namespace; needed where the parameters have a `namespaceSelector`. */
  namespaceLabels?: Record<string, string>;
  /** The Services of its namespace that it names, as far as they exist. */
  services: Service[];
  /** The last input of this member that was accepted. */
  lastGood?: MemberInput;
  /** The record of it, where this version of ours cannot read it: it is kept as it is. */
  unreadGood?: string;
  /** It has moved to another stack: what this one serves it with, apart from its Services, until clients have followed it. */
  frozen?: MemberInput;
};

/** Of a member only what decides the stack. Plain JSON: it is kept in the ledger as the last good input. */
export type MemberInput = {
  ingress: Pick<Ingress, 'namespace' | 'name' | 'annotations' | 'rules' | 'tls'> &
    Partial<Pick<Ingress, 'defaultBackend'>>;
  class?: Pick<IngressClass, 'name' | 'annotations'> & { parameters?: string };
  classGone?: true;
  params?: Pick<IngressClassParams, 'name' | 'spec'>;
  /** Labels of the namespace, only where the parameters select by them. */
  namespaceLabels?: Record<string, string>;
  services: ServiceInput[];
};

export type ServiceInput = Pick<
  Service,
  'name' | 'annotations' | 'type' | 'ipFamilies' | 'ports' | 'externalTrafficPolicy'
> &
  Partial<Pick<Service, 'healthCheckNodePort'>>;

export type ModelSettings = {
  defaultScheme: 'internal' | 'internet-facing';
  defaultTargetType: 'ip' | 'instance';
  defaultSslPolicy: string;
  /** On everything that is made; they win over tags of classes and annotations. */
  defaultTags: Tags;
  drain: DrainSettings;
};

export type StackInput = {
  /** `group/<name>` or `ingress/<namespace>/<name>`. */
  key: string;
  members: Member[];
  cluster: ClusterIdentity;
  settings: ModelSettings;
  /** What the fallback decided, by {@link backendKey}; nothing said means: as wanted. */
  targetTypes: Record<string, 'ip' | 'instance'>;
};

/** `<namespace>/<service>:<port>` with the number of the Service port. */
export const backendKey = (namespace: string, service: string, port: number): string =>
  `${namespace}/${service}:${port}`;

/**
 * sha256 of everything that decides the stack except what AWS knows. Equal to the hash of what was applied last, it means that nothing is
 * to be done in AWS; finalizers and status of a member that was made anew are another matter. Last good inputs are left out: they follow from
 * what was applied.
 */
export function hashInput({ members, targetTypes, ...rest }: StackInput): string {
  const inputs = members
    .filter(({ ingress }) => !ingress.deleting)
    .map(memberInput)
    .toSorted((a, b) => compareText(idOf(a), idOf(b)));
  return hashOf({ ...rest, targetTypes, inputs });
}

const idOf = ({ ingress }: MemberInput): string => `${ingress.namespace}/${ingress.name}`;

/** What of a member decides the stack, in a stable order. */
export function memberInput(member: Member): MemberInput {
  const { ingress, params, namespaceLabels = {}, frozen, ...rest } = member;
  const services = member.services.map(serviceInput).toSorted((a, b) => compareText(a.name, b.name));
  if (frozen !== undefined) return { ...frozen, services };
  const { namespace, name, rules, tls, defaultBackend } = ingress;
  return {
    ingress: {
      namespace,
      name,
      annotations: ours(ingress.annotations),
      rules,
      tls,
      ...(defaultBackend && { defaultBackend }),
    },
    ...(rest.class && { class: classInput(rest.class) }),
    ...(rest.classGone === true && { classGone: true }),
    ...(params && { params: { name: params.name, spec: params.spec } }),
    ...(params?.spec['namespaceSelector'] !== undefined && { namespaceLabels }),
    services,
  };
}

const ours = (annotations: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(annotations)
      .filter(([key]) => key.startsWith(INGRESS_PREFIX) || key.startsWith(OWN_PREFIX))
      .toSorted(([a], [b]) => compareText(a, b)),
  );

const classInput = ({ name, annotations, parameters }: IngressClass): NonNullable<MemberInput['class']> => ({
  name,
  annotations: ours(annotations),
  ...(parameters && { parameters: parameters.name }),
});

function serviceInput(service: Service): ServiceInput {
  const { name, type, ipFamilies, ports, externalTrafficPolicy, healthCheckNodePort } = service;
  return {
    name,
    annotations: ours(service.annotations),
    type,
    ipFamilies,
    ports: ports.toSorted((a, b) => a.port - b.port || compareText(a.protocol, b.protocol)),
    externalTrafficPolicy,
    ...(healthCheckNodePort !== undefined && { healthCheckNodePort }),
  };
}
