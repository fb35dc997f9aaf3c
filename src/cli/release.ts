import { CONTROLLER_ID } from '../api/controller.ts';
import { releaseCluster } from '../release/release.ts';
import { realClock as clock } from '../runtime/clock.ts';
import { openCluster } from './cluster.ts';
import type { Command } from './command.ts';
import { readWords, WrongWords } from './words.ts';

const OPTIONS = {
  all: { type: 'boolean', default: false },
  'keep-load-balancers': { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  'remove-finalizers': { type: 'boolean', default: false },
  'controller-id': { type: 'string', default: '' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
} as const;

export const command: Command = {
  summary: 'Lets go of the cluster before Podwire is uninstalled: ends injection, opens every gate.',
  usage: `podwire release --all [--keep-load-balancers] [--remove-finalizers] [--controller-id ID] [--kubeconfig FILE] [--context NAME]

  It refuses while load balancers are managed, and says which; with --keep-load-balancers (or --force) they stay in AWS as they are.
  --remove-finalizers also takes Podwire's finalizers off Ingresses and TargetGroupBindings: then nobody deletes what is in AWS.
  Of several operators of the cluster it lets go of what the one with that id has, without an id of what the one without has.
  Exit code: 0 released, 1 not, 2 wrong words.`,
  examples: ['podwire release --all', 'podwire release --all --keep-load-balancers --context production'],
  options: OPTIONS,
  async run(args, terminal) {
    const flags = readArguments(args);
    const { kube } = await openCluster(flags, terminal, { userAgent: 'podwire' });
    const released = await releaseCluster({
      kube,
      clock,
      controllerId: flags['controller-id'],
      keepLoadBalancers: flags['keep-load-balancers'] || flags.force,
      removeFinalizers: flags['remove-finalizers'],
      tell: (line) => terminal.out(line),
    });
    return released ? 0 : 1;
  },
};

const ID = new RegExp(`^(?:${CONTROLLER_ID})?$`);

/** Throws WrongWords with one sentence for whatever cannot be understood. */
function readArguments(args: string[]) {
  const { values } = readWords(args, { command: 'release', options: OPTIONS });
  if (!values.all) throw new WrongWords('release', 'wanted --all, since it is about the whole cluster, given none');
  const { 'controller-id': id } = values;
  if (!ID.test(id))
    throw new WrongWords('--controller-id', `wanted at most 20 of a-z, 0-9 and -, given ${JSON.stringify(id)}`);
  return values;
}
