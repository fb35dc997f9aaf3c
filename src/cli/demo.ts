import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curlLine } from '../local/aws/dataplane/address-book.ts';
import { type Demo, runDemo } from '../local/demo/demo.ts';
import { passed, tableOf } from '../local/demo/report.ts';
import type { Command, Terminal } from './command.ts';
import { readWords } from './words.ts';

const OPTIONS = {
  report: { type: 'string' },
  keep: { type: 'boolean', default: false },
  defaults: { type: 'boolean', default: false },
} as const;

export const command: Command = {
  summary:
    'Shows the main job in two minutes: an ALB on this machine, pods that come and go, and no request lost; beside it the same unprotected.',
  usage: [
    'podwire demo [--report FILE] [--keep] [--defaults]',
    '',
    '--report writes the table as JSON, --keep leaves everything running, --defaults takes the 45 seconds meant for AWS itself.',
    'Exit code: 0 nothing protected was lost and nothing is left, 1 otherwise, 2 wrong words.',
  ].join('\n  '),
  examples: ['podwire demo', 'podwire demo --report demo.json', 'podwire demo --keep'],
  options: OPTIONS,
  async run(args, terminal) {
    const { report: file, keep, defaults } = readWords(args, { command: 'demo', options: OPTIONS }).values;
    const dir = await mkdtemp(join(tmpdir(), 'podwire-demo-'));
    const demo = await runDemo({ dir, keep, defaults, tell: (line) => terminal.out(line) });
    for (const line of ['', ...tableOf(demo.report, keep)]) terminal.out(line);
    if (file !== undefined) await writeFile(file, `${JSON.stringify(demo.report, undefined, 2)}\n`);
    if (keep) await stay(demo, dir, terminal);
    await demo.local.stop();
    const good = passed(demo.report);
    if (good) await rm(dir, { recursive: true });
    else terminal.tell(`not as it should be; the logs are in ${dir}`);
    return good ? 0 : 1;
  },
};

async function stay({ local, addresses }: Demo, dir: string, { out, signal }: Terminal): Promise<void> {
  await writeFile(join(dir, 'authority.pem'), local.aws.authority);
  out('');
  out(`  export KUBECONFIG=${local.cluster.kubeconfigPath} AWS_ENDPOINT_URL=${local.aws.url}`);
  const asked = (name: string) => (name.includes('overlay') ? 'overlay.localhost' : 'www.shop.localhost');
  for (const address of addresses) {
    out(
      `  ${curlLine(address, { host: asked(address.loadBalancer), caFile: join(dir, 'authority.pem') })} # ${address.dnsName}`,
    );
  }
  out('Ctrl-C stops everything.');
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
