/**
 * Several operators can serve one cluster, each with an id of its own (setting `controllerId`); the one without is the usual one. What
 * follows is how they are told apart.
 */

/** Label of what an operator with an id makes in the cluster, and of a TargetGroupBinding that is meant for it. */
export const CONTROLLER_LABEL = 'podwire.dev/controller';

/** Ids that an operator can have: part of names of objects, of conditions and of finalizers. */
export const CONTROLLER_ID = '[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?';

/** A name that no two operators share: with the id behind it. */
export const nameFor = (name: string, id = ''): string => (id === '' ? name : `${name}-${id}`);

/**
 * The same for names that go on with what users named: the id stands before them, after a word that no such name begins with, so that
 * `web-blue` of one and `web` of the operator `blue` never meet.
 */
export const scopedName = (name: string, id = ''): string => (id === '' ? name : `controller.${id}.${name}`);

/** Labels of what the operator makes in the cluster. */
export const ownLabels = (id = ''): { labels?: Record<string, string> } =>
  id === '' ? {} : { labels: { [CONTROLLER_LABEL]: id } };

/** Selects what it made, and nothing of anybody else. */
export const ownSelector = (id = ''): string => (id === '' ? `!${CONTROLLER_LABEL}` : `${CONTROLLER_LABEL}=${id}`);

/** Whose an object with these labels is. */
export const idOf = (labels: Record<string, string> = {}): string => labels[CONTROLLER_LABEL] ?? '';
