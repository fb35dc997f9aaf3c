import type { Container, EnvironmentSource, EnvironmentVariable } from '../../objects.ts';
import { fieldOf, type PodPlace } from './field.ts';
import type { PodData } from './pod-data.ts';

type Environment = Record<string, string>;

/** What `envFrom` and `env` of a container say, the later before the earlier. Throws where something that they name is not there. */
export async function environmentOf(
  { env = [], envFrom = [] }: Container,
  place: PodPlace,
  read: PodData,
): Promise<Environment> {
  const environment: Environment = {};
  for (const source of envFrom) Object.assign(environment, await everyKeyOf(source, read));
  for (const variable of env) {
    const value = await valueOf(variable, place, read);
    if (value !== undefined) environment[variable.name] = value;
  }
  return environment;
}

async function everyKeyOf(
  { configMapRef, secretRef, prefix = '' }: EnvironmentSource,
  read: PodData,
): Promise<Environment> {
  const data = {
    ...(configMapRef && (await read({ kind: 'configMap', ...configMapRef }))),
    ...(secretRef && (await read({ kind: 'secret', ...secretRef }))),
  };
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [prefix + key, value]));
}

async function valueOf(variable: EnvironmentVariable, place: PodPlace, read: PodData): Promise<string | undefined> {
  const { name, value = '', valueFrom } = variable;
  if (valueFrom === undefined) return value;
  if (valueFrom.fieldRef) return fieldOf(place, valueFrom.fieldRef.fieldPath);
  const kind = valueFrom.secretKeyRef ? 'secret' : 'configMap';
  const ref = valueFrom.secretKeyRef ?? valueFrom.configMapKeyRef;
  if (ref === undefined)
    throw new Error(
      `variable ${name}: wanted fieldRef, configMapKeyRef or secretKeyRef, given ${Object.keys(valueFrom).join(', ')}`,
    );
  const found = (await read({ kind, ...ref }))[ref.key];
  if (found === undefined && ref.optional !== true)
    throw new Error(`variable ${name}: ${kind} ${ref.name} has no key ${ref.key}`);
  return found;
}
