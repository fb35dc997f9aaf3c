import type { KubeObject } from '../../../../kube/api.ts';
import { isObject } from '../schema/schema.ts';
import { type Cause, required, tooLong, wrong } from '../status.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

export type NameForm = 'label' | 'subdomain' | 'path';

const FORMS: Record<NameForm, { fits: RegExp; longest: number; why: string }> = {
  label: {
    fits: LABEL,
    longest: 63,
    why: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  },
  subdomain: {
    fits: SUBDOMAIN,
    longest: 253,
    why: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  },
  path: { fits: /^(?!\.{1,2}$)[^/%]+$/, longest: 253, why: "may not be '.' or '..' and may not contain '/' or '%'" },
};

export function checkName(value: string, form: NameForm, field: string): Cause[] {
  const { fits, longest, why } = FORMS[form];
  if (value.length > longest) return [wrong(field, value, `must be no more than ${longest} bytes`)];
  return fits.test(value) ? [] : [wrong(field, value, why)];
}

/** What is wrong with an object's metadata. */
export function checkMetadata(object: KubeObject, form: NameForm, namespaced: boolean): Cause[] {
  const { name, namespace, labels, annotations } = object.metadata;
  const causes = name
    ? checkName(name, form, 'metadata.name')
    : [required('metadata.name', 'name or generateName is required')];
  if (namespaced && !namespace) causes.push(required('metadata.namespace'));
  if (namespaced && namespace) causes.push(...checkName(namespace, 'label', 'metadata.namespace'));
  causes.push(...checkLabels(labels ?? {}, 'metadata.labels'));
  causes.push(...checkAnnotations(annotations ?? {}, 'metadata.annotations'));
  for (const one of object.metadata.finalizers ?? []) causes.push(...checkKey(one, 'metadata.finalizers'));
  return [...causes, ...checkOwners(object)];
}

/** Kubernetes, TotalAnnotationSizeLimitB: keys and values together. */
const MOST_ANNOTATED = 262_144;

function checkAnnotations(annotations: Record<string, string>, field: string): Cause[] {
  const causes = Object.keys(annotations).flatMap((key) => checkKey(key.toLowerCase(), field, key));
  const size = Object.entries(annotations).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  return size > MOST_ANNOTATED ? [...causes, tooLong(field, MOST_ANNOTATED)] : causes;
}

function checkLabels(labels: Record<string, string>, field: string): Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const bad = value.length > 63 || (value !== '' && !QUALIFIED.test(value));
    const why =
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    return [...checkKey(key, field), ...(bad ? [wrong(field, value, why)] : [])];
  });
}

function checkKey(key: string, field: string, given = key): Cause[] {
  const [name, prefix, ...more] = key.split('/').reverse();
  const prefixFits = prefix === undefined || (prefix.length <= 253 && SUBDOMAIN.test(prefix));
  if (more.length === 0 && prefixFits && name !== undefined && name.length <= 63 && QUALIFIED.test(name)) return [];
  const why =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, with an optional DNS subdomain prefix and '/'";
  return [wrong(field, given, why)];
}

function checkOwners(object: KubeObject): Cause[] {
  const owners = object.metadata.ownerReferences ?? [];
  const causes = owners.flatMap((owner, i) => {
    if (!isObject(owner)) return [];
    const missing = (['apiVersion', 'kind', 'name', 'uid'] as const).filter((name) => !owner[name]);
    return missing.map((name) => required(`metadata.ownerReferences[${i}].${name}`, `${name} must not be empty`));
  });
  const controllers = owners.filter((owner) => (owner as { controller?: boolean }).controller);
  if (controllers.length < 2) return causes;
  const why = 'Only one reference can have Controller set to true';
  return [
    ...causes,
    wrong(
      'metadata.ownerReferences',
      controllers.map((one) => one.name),
      why,
    ),
  ];
}
