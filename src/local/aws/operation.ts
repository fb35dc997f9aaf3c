import { NormalizedSchema } from '@smithy/core/schema';
import type { CreateLoadBalancer$ } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from './aws.ts';

/** The SDK's description of a shape. */
export type Shape = Parameters<typeof NormalizedSchema.of>[0];
type OperationSchema = typeof CreateLoadBalancer$;

export type ServiceName = 'elasticloadbalancing' | 'ec2' | 'sts' | 'iam' | 'acm';

/** One action: its name, its shapes where the protocol needs them, and what it does. */
export type Operation = {
  name: string;
  input?: Shape;
  output?: Shape;
  /** `accessKeyId`: of the caller. */
  run: (aws: LocalAws, input: Record<string, unknown>, accessKeyId?: string) => object;
};

export type Operations = Map<string, Operation>;

/** An action of a query service, named and shaped by the SDK's own description of it. Input and output have the SDK's shapes. */
export function operation<Input, Output extends object>(
  schema: OperationSchema,
  run: (aws: LocalAws, input: Input) => Output,
): Operation {
  const [, , name, , input, output] = schema;
  return { name, input, output, run: run as unknown as Operation['run'] };
}

export function operationTable(operations: Operation[]): Operations {
  return new Map(operations.map((entry) => [entry.name, entry]));
}

/** Path of the first required member that the input lacks, for example `targets.1.id`. */
export function missingMember(schema: Shape, value: unknown, path = ''): string | undefined {
  return missingIn(NormalizedSchema.of(schema), value, path);
}

function missingIn(schema: NormalizedSchema, value: unknown, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    return firstOf((value as unknown[]).entries(), ([index, held]) =>
      missingIn(item, held, `${path}.${index + 1}.member`),
    );
  }
  if (!schema.isStructSchema()) return undefined;
  const struct = value as Record<string, unknown>;
  const required = requiredMembers(schema);
  return firstOf(schema.structIterator(), ([name, member]) => {
    const at = path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`;
    if (required.has(name) && (struct[name] === undefined || struct[name] === null)) return at;
    return missingIn(member, struct[name], at);
  });
}

function firstOf<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The SDK lists the required members of a structure first and says how many there are. */
function requiredMembers(schema: NormalizedSchema): Set<string> {
  const struct = schema.getSchema() as unknown as [number, string, string, unknown, string[], unknown, number?];
  return new Set(struct[4].slice(0, struct[6] ?? 0));
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
