import type { RuleCondition } from '../stack.ts';
import { isCidr } from './reader.ts';
import { choice, list, object, pattern, type Shape, type Shaped, string } from './shape.ts';

const host = pattern('at most 128 characters', /^.{1,128}$/);
const pathPattern = pattern(
  'at most 128 of A-Z a-z 0-9 _ - . $ / ~ " \' @ : + & * ?',
  /^[A-Za-z0-9_\-.$/~"'@:+&*?]{1,128}$/,
);
const regex = pattern('a regular expression of at most 128 characters', /^.{1,128}$/);
const headerName = pattern('at most 40 characters, and not Host', /^(?!host$)[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,40}$/i);
const value = pattern('1 to 128 characters', /^.{1,128}$/);
const method = pattern('at most 40 of A-Z, - and _', /^[A-Z_-]{1,40}$/);
const cidr: Shape<string> = (given, path) =>
  typeof given === 'string' && isCidr(given) ? given : pattern('a CIDR', /(?!)/)(given, path);

const written = object(
  {
    field: choice('host-header', 'path-pattern', 'http-header', 'http-request-method', 'query-string', 'source-ip'),
  },
  {
    hostHeaderConfig: object({}, { values: list(host), regexValues: list(regex) }),
    pathPatternConfig: object({}, { values: list(pathPattern), regexValues: list(regex) }),
    httpHeaderConfig: object({ httpHeaderName: headerName }, { values: list(value), regexValues: list(regex) }),
    httpRequestMethodConfig: object({ values: list(method) }),
    queryStringConfig: object({ values: list(object({ value }, { key: string })) }),
    sourceIpConfig: object({ values: list(cidr) }),
  },
);

type Written = Shaped<typeof written>;
type Values = { values?: string[]; regexValues?: string[] };

/** The JSON of `conditions.<name>`, as the peer has it, in our words. */
export const conditions: Shape<RuleCondition[]> = (given, path) =>
  list(written)(given, path).map((one, at) => CONVERT[one.field](one, `${path}[${at}]`));

const CONVERT: Record<Written['field'], (one: Written, path: string) => RuleCondition> = {
  'host-header': (one, path) => patterns('host-header', one.hostHeaderConfig, `${path}.hostHeaderConfig`),
  'path-pattern': (one, path) => patterns('path-pattern', one.pathPatternConfig, `${path}.pathPatternConfig`),
  'http-header': (one, path) => header(one, `${path}.httpHeaderConfig`),
  'http-request-method': (one, path) => ({
    field: 'http-request-method',
    values: must(one.httpRequestMethodConfig, `${path}.httpRequestMethodConfig`).values,
  }),
  'query-string': (one, path) => ({
    field: 'query-string',
    values: must(one.queryStringConfig, `${path}.queryStringConfig`).values,
  }),
  'source-ip': (one, path) => ({
    field: 'source-ip',
    values: must(one.sourceIpConfig, `${path}.sourceIpConfig`).values,
  }),
};

function header(one: Written, path: string): RuleCondition {
  const config = must(one.httpHeaderConfig, path);
  return { field: 'http-header', name: config.httpHeaderName, values: list(value)(config.values, `${path}.values`) };
}

function patterns(field: 'host-header' | 'path-pattern', config: Values | undefined, path: string): RuleCondition {
  const { values, regexValues } = must(config, path);
  if (regexValues === undefined) return { field, values: list(string)(values, `${path}.values`) };
  if (values !== undefined) pattern('either values or regexValues', /(?!)/)(values, path);
  return { field, regexValues };
}

const must = <T>(config: T | undefined, path: string): T => config ?? (object({})(config, path) as never);
