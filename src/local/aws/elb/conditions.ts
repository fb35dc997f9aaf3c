import { isIP } from 'node:net';
import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { isCidr } from '../addresses.ts';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import { checkEnum } from './names.ts';
import { quota } from './quotas.ts';

const FIELDS = [
  'http-header',
  'http-request-method',
  'host-header',
  'path-pattern',
  'query-string',
  'source-ip',
] as const;
const REPEATABLE = new Set(['http-header', 'query-string']);

/** The conditions of a rule, checked and completed: host and path patterns come back in both forms. */
export function checkedConditions(aws: LocalAws, conditions: RuleCondition[] | undefined): RuleCondition[] {
  if (!conditions?.length) throw validationError('A rule must have at least one condition');
  const fields = conditions.map((condition) => condition.Field ?? '');
  const twice = fields.find((field, index) => fields.indexOf(field) !== index && !REPEATABLE.has(field));
  if (twice !== undefined) throw validationError(`A rule can only have one '${twice}' condition`);
  const checked = conditions.map(checkedCondition);
  checkCounts(aws, checked);
  return checked;
}

function checkedCondition(condition: RuleCondition): RuleCondition {
  const field = checkEnum('conditions.field', condition.Field, FIELDS);
  return CHECKS[field](condition);
}

type Check = (condition: RuleCondition) => RuleCondition;

const CHECKS: Record<(typeof FIELDS)[number], Check> = {
  'host-header': (condition) => {
    const config = patternConfig(condition, condition.HostHeaderConfig);
    for (const value of config.Values ?? []) checkHost(value);
    return { Field: 'host-header', ...bothForms(config), HostHeaderConfig: config };
  },
  'path-pattern': (condition) => {
    const config = patternConfig(condition, condition.PathPatternConfig);
    for (const value of config.Values ?? []) checkPath(value);
    return { Field: 'path-pattern', ...bothForms(config), PathPatternConfig: config };
  },
  'http-request-method': (condition) => {
    const Values = required('http-request-method', condition.HttpRequestMethodConfig?.Values);
    for (const value of Values)
      if (!/^[A-Z_-]{1,40}$/.test(value))
        throw validationError(`HTTP method '${value}' must be 1 to 40 capital letters, '-' or '_'`);
    return { Field: 'http-request-method', HttpRequestMethodConfig: { Values } };
  },
  'source-ip': (condition) => {
    const Values = required('source-ip', condition.SourceIpConfig?.Values);
    for (const value of Values) checkSource(value);
    return { Field: 'source-ip', SourceIpConfig: { Values } };
  },
  'http-header': (condition) => {
    const { HttpHeaderName = '', Values, RegexValues } = condition.HttpHeaderConfig ?? {};
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$/.test(HttpHeaderName) || /^host$/i.test(HttpHeaderName))
      throw validationError(`HTTP header name '${HttpHeaderName}' is not valid in a condition`);
    const config = oneKind('http-header', { Values, RegexValues });
    for (const value of config.Values ?? []) checkLength('HTTP header value', value);
    return { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName, ...config } };
  },
  'query-string': (condition) => {
    const Values = condition.QueryStringConfig?.Values;
    if (!Values?.length) throw validationError("A 'query-string' condition must have at least one value");
    for (const { Key, Value } of Values) {
      if (Key !== undefined) checkLength('Query string key', Key);
      checkLength('Query string value', Value ?? '');
    }
    return { Field: 'query-string', QueryStringConfig: { Values } };
  },
};

type Patterns = { Values?: string[] | undefined; RegexValues?: string[] | undefined };
type OneKind = { Values: string[] } | { RegexValues: string[]; Values?: undefined };

/** `Values` of the condition itself takes one value only; the configuration takes more. */
function patternConfig(condition: RuleCondition, config: Patterns | undefined): OneKind {
  const field = condition.Field ?? '';
  if (condition.RegexValues?.length) return oneKind(field, { RegexValues: condition.RegexValues });
  if (config) return oneKind(field, config);
  const values = required(field, condition.Values);
  if (values.length > 1)
    throw validationError(`A '${field}' condition can have only one value in Values; use its configuration for more`);
  return { Values: values };
}

function bothForms(config: OneKind): Pick<RuleCondition, 'Values' | 'RegexValues'> {
  return config.Values ? { Values: config.Values } : { RegexValues: (config as { RegexValues: string[] }).RegexValues };
}

function oneKind(field: string, { Values, RegexValues }: Patterns): OneKind {
  if (Values?.length && RegexValues?.length)
    throw validationError(`A '${field}' condition can have values or regular expressions, not both`);
  if (!RegexValues?.length) return { Values: required(field, Values) };
  for (const expression of RegexValues) checkRegex(expression);
  return { RegexValues };
}

function required(field: string, values: string[] | undefined): string[] {
  if (!values?.length) throw validationError(`A '${field}' condition must have at least one value`);
  return values;
}

function checkRegex(expression: string): void {
  checkLength('Regular expression', expression);
  try {
    RegExp(expression);
  } catch {
    throw validationError(`Regular expression '${expression}' is not valid`);
  }
}

function checkLength(what: string, value: string): void {
  if (value.length < 1 || value.length > 128) throw validationError(`${what} '${value}' must have 1 to 128 characters`);
}

function checkHost(value: string): void {
  checkLength('Host header', value);
  if (!/^[A-Za-z0-9*?.-]+$/.test(value))
    throw validationError(`The host header '${value}' has characters other than letters, digits and - . * ?`);
  if (!/\.[A-Za-z*?]*$/.test(value))
    throw validationError(`The host header '${value}' must have a '.' with only letters after the last one`);
}

function checkPath(value: string): void {
  checkLength('Path pattern', value);
  if (!/^[A-Za-z0-9_\-.$/~"'@:+&*?]+$/.test(value))
    throw validationError(`The path pattern '${value}' has characters that are not valid in a path pattern`);
}

function checkSource(value: string): void {
  if (!isCidr(value) || isIP(value.split('/')[0] ?? '') === 0 || value === '255.255.255.255/32')
    throw validationError(`The source IP '${value}' is not a valid CIDR block`);
}

/** Every value counts toward the limits of the rule: values, and wildcards in them. */
function checkCounts(aws: LocalAws, conditions: RuleCondition[]): void {
  const values = conditions.flatMap(valuesOf);
  if (values.length > quota(aws, 'condition-values-per-alb-rule'))
    throw validationError(`A rule can only have '${quota(aws, 'condition-values-per-alb-rule')}' condition values`);
  const wildcards = values.join('').replace(/[^*?]/g, '').length;
  if (wildcards > quota(aws, 'condition-wildcards-per-alb-rule'))
    throw new ElbError(
      'ValidationError',
      `A rule can only have '${quota(aws, 'condition-wildcards-per-alb-rule')}' condition wildcards`,
    );
}

/** All values of a condition as text, each once. */
function valuesOf(condition: RuleCondition): string[] {
  const config =
    condition.HostHeaderConfig ??
    condition.PathPatternConfig ??
    condition.HttpHeaderConfig ??
    condition.HttpRequestMethodConfig ??
    condition.SourceIpConfig;
  const query = (condition.QueryStringConfig?.Values ?? []).map(({ Key = '', Value = '' }) => `${Key}${Value}`);
  const regexes = (config as Patterns | undefined)?.RegexValues ?? [];
  return [...(config?.Values ?? []), ...regexes.map(() => ''), ...query];
}
