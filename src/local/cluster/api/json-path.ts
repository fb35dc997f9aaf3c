import { JSONPath } from 'jsonpath-plus';

/** What a column's JSONPath selects, in Kubernetes' form: `.spec.a`, `.status.conditions[?(@.type=="Ready")].status`, `.metadata.labels['a\.b']`. */
export function readJsonPath(object: object, path: string): unknown[] {
  const escaped = path.replace(
    /\.((?:[^.[\]\\]|\\.)*\\\.(?:[^.[\]\\]|\\.)*)/g,
    (_, name: string) => `['${name.replaceAll('\\.', '.')}']`,
  );
  return JSONPath({ path: `$${escaped}`, json: object, wrap: true, eval: 'safe' }) as unknown[];
}
