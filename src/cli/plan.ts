import { Denied, Gone, Invalid, Retry, toError } from '../errors.ts';
import type { Command, Terminal } from './command.ts';
import { type Asked, OPTIONS, readArguments } from './plan/arguments.ts';
import { forecast, type Sources } from './plan/forecast.ts';
import { readManifests } from './plan/manifests.ts';
import { type Report, reportOf, tellReport } from './plan/report.ts';
import { findSources } from './plan/sources.ts';

export const command: Command = {
  summary: 'Says what the operator would do to AWS, step by step with its impact; changes nothing.',
  usage: [
    'podwire plan [ingress/NAME …|-f FILE|DIR …] [--prune] [--state FILE] [--offline] [--record FILE] [-n NAMESPACE] [-o text|json] [--context NAME] [FLAGS]',
    '',
    'FLAGS are those of podwire run; what they do not say is read from the ConfigMap of the release that is installed.',
    'Exit code, as of diff: 0 nothing would change, 1 something would, 2 something could not be planned.',
  ].join('\n  '),
  examples: [
    'podwire plan',
    'podwire plan ingress/shop -n shop',
    'podwire plan -f manifests/ --prune',
    'podwire plan --record state.json',
    'podwire plan -f manifests/ --state state.json --offline -o json',
  ],
  options: OPTIONS,
  values: { output: ['text', 'json'] },
  words: ['ingress/'],
  async run(args, terminal) {
    try {
      const asked = readArguments(args);
      const { namespace, sources } = await findSources(asked, terminal);
      const report = await plan({ ...asked, namespace }, sources);
      tell(report, asked.json, terminal);
      return codeOf(report);
    } catch (error) {
      const { name, message, stack = message } = toError(error);
      const expected = name === NO_CREDENTIALS || EXPECTED.some((kind) => error instanceof kind);
      terminal.tell(expected ? message : stack);
      return 2; // 1 would say that something is to change
    }
  },
};

/** How the SDK says so. */
const NO_CREDENTIALS = 'CredentialsProviderError';

const EXPECTED = [Invalid, Retry, Denied, Gone];

/** Reads the manifests, and plans. Throws Invalid where what is asked about is not there. */
export async function plan(asked: Asked & { namespace: string }, sources: Sources): Promise<Report> {
  const manifests = asked.files.length === 0 ? undefined : await readManifests(asked.files);
  return reportOf(await forecast({ ...asked, ...(manifests && { manifests }) }, sources));
}

const codeOf = ({ refused, changes }: Report): number => (refused.length > 0 ? 2 : Number(changes));

function tell(report: Report, json: boolean, { out }: Terminal): void {
  if (json) return out(JSON.stringify(report, undefined, 2));
  for (const line of tellReport(report)) out(line);
}
