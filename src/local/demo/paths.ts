import { setTimeout as sleep } from 'node:timers/promises';
import type { ListenerAddress } from '../aws/dataplane/address-book.ts';
import type { Local } from '../local.ts';
import { applyObjects, readManifests } from '../manifests.ts';
import { shippedFile } from '../package-root.ts';
import type { LoadReport } from '../traffic/generator.ts';
import type { LoadTarget } from '../traffic/request.ts';
import { startLoad } from '../traffic/traffic.ts';
import type { Progress } from './progress.ts';
import type { DemoReport } from './report.ts';
import { addressOf, answered, listenersOf } from '../world.ts';

const RATE = 40;
const MEASURE_MS = 5_000;

/** Serves a Service whose pod IPs cannot be reached, and measures both paths at the same time. */
export async function comparePaths(
  local: Local,
  shop: ListenerAddress[],
  progress: Progress,
): Promise<LoadReport & Pick<DemoReport, 'medianMs'>> {
  progress.step(
    'apply examples/overlay: pods with addresses that no load balancer can reach, served through node ports',
  );
  await applyObjects(local.kube, await readManifests(shippedFile('examples', 'overlay', 'overlay.yaml')));
  const overlay = await listenersOf(local, await addressOf(local, 'overlay', 'overlay'), 3);
  const targets = targetsAt(overlay, 'overlay.localhost');
  await answered(targets);
  progress.note(
    'load balancer -> wire -> node -> kernel forward -> wire -> pod, beside load balancer -> wire -> node -> pod',
  );
  const direct = targetsAt(shop, 'www.shop.localhost');
  const measureBoth = () =>
    Promise.all([measure(local, 'target type ip', direct), measure(local, 'target type instance', targets)]);
  const first = await measureBoth();
  const [ip, instance] = first.some(({ inconclusive }) => inconclusive) ? await measureBoth() : first;
  const medianMs = { ip: medianOf(ip), instance: medianOf(instance) };
  progress.note(`median latency: ip ${medianMs.ip.toFixed(2)} ms, instance ${medianMs.instance.toFixed(2)} ms`);
  return {
    phases: [...ip.phases, ...instance.phases],
    inconclusive: ip.inconclusive || instance.inconclusive,
    medianMs,
  };
}

const targetsAt = (listeners: ListenerAddress[], host: string): LoadTarget[] =>
  listeners
    .filter(({ protocol }) => protocol === 'HTTP')
    .map((connect) => ({ url: `http://${host}/`, connect, expectStatus: 200 }));

async function measure({ dir }: Local, phase: string, targets: LoadTarget[]): Promise<LoadReport> {
  const load = await startLoad({ targets, rate: RATE, phase, newConnectionShare: 0, timeoutMs: 5_000 }, dir);
  await sleep(MEASURE_MS);
  return load.stop();
}

const medianOf = ({ phases }: LoadReport): number => phases[0]?.latency.p50Ms ?? 0;
