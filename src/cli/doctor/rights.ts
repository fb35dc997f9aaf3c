import { nameFor } from '../../api/controller.ts';
import type { Inquiry, Review } from '../../kube/inquiry.ts';
import { LEASE_NAME, operatorRights, type Right, WEBHOOK_SECRET_NAME } from '../../kube/rights.ts';
import type { RightFact, SettingsFacts } from '../../model/doctor/facts.ts';
import { RESOURCES } from '../../kube/resources.ts';

/** Features of the rights that are in use. */
export type Features = { policy: boolean; webhook: boolean; leaderElection: boolean };

type Asked = { right: Right; review: Review };

/** Asks for every verb of every right that the features need. Throws where the API server reviews no access. */
export function readRights(inquiry: Inquiry, settings: SettingsFacts, features: Features): Promise<RightFact[]> {
  const rights = operatorRights(settings.controllerId);
  const asked = rights
    .filter(({ feature }) => feature === 'always' || features[feature])
    .flatMap((right) => reviewsOf(right, settings).map((review) => ({ right, review })));
  return Promise.all(asked.map(async (one) => factOf(one, await inquiry.mayI(one.review))));
}

function reviewsOf({ resource, subresource, verbs, scope, names }: Right, settings: SettingsFacts): Review[] {
  const namespace = resource === RESOURCES.lease ? settings.leaseNamespace : settings.ownNamespace;
  const given = names?.map((name) => nameIn(settings, name)) ?? [undefined];
  return verbs.flatMap((verb) =>
    given.map((name) => ({
      verb,
      group: resource.group,
      resource: resource.plural,
      ...(subresource !== undefined && { subresource }),
      ...(scope === 'own namespace' && { namespace }),
      ...(name !== undefined && { name }),
    })),
  );
}

/** The chart leaves names as they are; who runs the operator otherwise may have changed them. */
function nameIn({ leaseName, webhookSecret, controllerId }: SettingsFacts, name: string): string {
  if (name === nameFor(LEASE_NAME, controllerId)) return leaseName;
  return name === nameFor(WEBHOOK_SECRET_NAME, controllerId) ? webhookSecret : name;
}

function factOf({ right, review }: Asked, allowed: boolean): RightFact {
  const { verb, resource, group, subresource, namespace, name } = review;
  const what = [resource, ...(subresource === undefined ? [] : [subresource])].join('/');
  return {
    right: `${verb} ${what}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` ${name}`}`,
    where: namespace === undefined ? placeOf(right) : `in the namespace ${namespace}`,
    why: right.why,
    allowed,
  };
}

const placeOf = ({ resource }: Right): string => (resource.namespaced ? 'in all namespaces' : 'in the cluster');
