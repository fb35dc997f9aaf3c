import { createEc2Api, createElbApi } from '../aws/clients.ts';
import { readIdentity } from '../aws/identity.ts';
import { simulate } from '../aws/simulation.ts';
import { Invalid, toError } from '../errors.ts';
import { inquiryOver } from '../kube/inquiry.ts';
import type { DoctorFacts } from '../model/doctor/facts.ts';
import type { Finding, Level } from '../model/doctor/finding.ts';
import { judge } from '../model/doctor/judge.ts';
import { tellFindings } from '../model/doctor/report.ts';
import { realClock as clock } from '../runtime/clock.ts';
import { readSettings } from '../settings/settings.ts';
import { type Named, openCluster } from './cluster.ts';
import type { Command, Terminal } from './command.ts';
import { type Asked, OPTIONS, readArguments } from './doctor/arguments.ts';
import type { AwsApis } from './doctor/aws.ts';
import { findReleaseConfig } from './doctor/release-config.ts';
import { readFacts, type Sources } from './doctor/facts.ts';

export const command: Command = {
  summary: 'Looks at cluster and AWS for whatever keeps the operator from its work; changes nothing.',
  usage:
    'podwire doctor [--config FILE] [-n NAMESPACE] [-o text|json] [--no-aws] [--kubeconfig FILE] [--context NAME] [FLAGS]\n\n' +
    '  FLAGS are those of podwire run; what they do not say is read from the ConfigMap of the release that is installed.\n' +
    '  Exit code: 0 no failure, 1 at least one, 2 wrong words.',
  examples: [
    'podwire doctor',
    'podwire doctor --config podwire.yaml --no-aws',
    'podwire doctor --cluster-name shop --region eu-central-1 --vpc-id vpc-0a1b2c3d4e5f60718',
    'podwire doctor --config podwire.yaml --context production -o json',
  ],
  options: OPTIONS,
  values: { output: ['text', 'json'] },
  async run(args, terminal) {
    const asked = readOrTell(args, terminal);
    if (asked === undefined) return 2;
    const findings = judge(await readFacts(await sourcesOf(asked, terminal)));
    tell(findings, asked.json, terminal);
    return findings.some(({ level }) => level === 'failure') ? 1 : 0;
  },
};

function readOrTell(args: string[], { tell: say }: Terminal): Asked | undefined {
  try {
    return readArguments(args);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    say(error.message);
    return undefined;
  }
}

async function sourcesOf(asked: Asked, terminal: Terminal): Promise<Sources> {
  const { env } = terminal;
  const { flags, context, namespace, withAws } = asked;
  const own = namespace === undefined ? {} : { POD_NAMESPACE: namespace };
  const local = readSettings(flags, { ...env, ...own });
  const kubeconfig = 'problems' in local ? asked.kubeconfig : local.settings.kubeconfig;
  const cluster = await findCluster({ kubeconfig, context }, terminal);
  const other = 'inquiry' in cluster ? await findReleaseConfig(cluster.inquiry, namespace) : undefined;
  const read = other === undefined ? local : readSettings(flags, { ...env, ...own }, other);
  const settings: DoctorFacts['settings'] = 'problems' in read ? read : { value: read.settings };
  const endpoint = 'problems' in read ? undefined : read.settings.awsEndpointUrl;
  return {
    clock,
    settings,
    cluster,
    awsOf: ({ region }) => (withAws ? awsApis(region, endpoint) : '--no-aws'),
  };
}

async function findCluster(named: Named, terminal: Terminal): Promise<Sources['cluster']> {
  try {
    const manner = { userAgent: 'podwire-doctor', limitMs: 10_000 };
    const { access, transport, kube } = await openCluster(named, terminal, manner);
    return { inquiry: inquiryOver(transport, kube), server: access.server };
  } catch (error) {
    return { trouble: toError(error).message };
  }
}

function awsApis(region: string, endpoint: string | undefined): AwsApis {
  let aheadMs: number | undefined;
  const onDate = (date: string): void => {
    const told = Date.parse(date);
    // A `Date` tells whole seconds.
    if (!Number.isNaN(told)) aheadMs = told + 500 - clock.now();
  };
  const settings = { region, onDate, ...(endpoint !== undefined && { endpoint }) };
  return {
    endpoint: endpoint ?? `https://sts.${region}.amazonaws.com`,
    elb: createElbApi(settings),
    ec2: createEc2Api(settings),
    clock,
    identity: () => readIdentity(settings),
    simulate: (principal, asked) => simulate(settings, principal, asked),
    aheadMs: () => aheadMs,
  };
}

function tell(findings: Finding[], json: boolean, terminal: Terminal): void {
  if (json) return terminal.out(JSON.stringify({ findings }, undefined, 2));
  for (const line of tellFindings(findings, terminal.colour === true ? colour : undefined)) terminal.out(line);
}

const COLOURS: Record<Level, number> = { failure: 31, warning: 33, skipped: 90, ok: 32 };

const colour = (level: Level, text: string): string => `\u001B[${COLOURS[level]}m${text}\u001B[0m`;
