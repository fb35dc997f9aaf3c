import { nameFor } from '../../api/controller.ts';
import type { Conditions, Policy, PolicyRequest, PolicyStatement } from '../../aws/policy.ts';

/** The policy as a data source `aws_iam_policy_document.podwire`, and the managed policy `aws_iam_policy.podwire` made of it. */
export function terraform({ Version, Statement }: Policy, { clusterName, controllerId }: PolicyRequest): string {
  return [
    'data "aws_iam_policy_document" "podwire" {',
    `  version = ${text(Version)}`,
    ...Statement.flatMap(statement),
    '}',
    '',
    'resource "aws_iam_policy" "podwire" {',
    `  name        = ${text(nameFor(`podwire-${clusterName}`, controllerId))}`,
    `  description = ${text(`Podwire in the cluster ${clusterName}`)}`,
    '  policy      = data.aws_iam_policy_document.podwire.json',
    '}',
  ].join('\n');
}

function statement({ Sid, Effect, Action, Resource, Condition = {} }: PolicyStatement): string[] {
  return [
    '',
    '  statement {',
    `    sid       = ${text(Sid)}`,
    `    effect    = ${text(Effect)}`,
    `    actions   = ${list(Action)}`,
    `    resources = ${list(Resource)}`,
    ...conditions(Condition),
    '  }',
  ];
}

const conditions = (all: Conditions): string[] =>
  Object.entries(all).flatMap(([test, keys]) =>
    Object.entries(keys).flatMap(([variable, values]) => [
      '',
      '    condition {',
      `      test     = ${text(test)}`,
      `      variable = ${text(variable)}`,
      `      values   = ${list(values)}`,
      '    }',
    ]),
  );

function list(given: string | string[]): string {
  const all = [given].flat();
  if (all.length === 1) return `[${all.map(text).join()}]`;
  return ['[', ...all.map((one) => `      ${text(one)},`), '    ]'].join('\n');
}

/** A string of HCL: its templates begin with `${` and `%{`. */
const text = (given: string): string =>
  JSON.stringify(given)
    .replaceAll('${', () => '$${')
    .replaceAll('%{', '%%{');
