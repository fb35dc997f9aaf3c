import { FULFILLED, type Probe } from './probe.ts';
import { ELB_PROBES } from './probes/elb.ts';
import { SERVICE_PROBES } from './probes/services.ts';
import { TARGET_PROBES } from './probes/targets.ts';
import type { Region } from './region.ts';
import { Scratch } from './scratch.ts';

/** Every question the preflight asks, with what AWS does and where that is written. */
export const CAPABILITIES = { ...SERVICE_PROBES, ...ELB_PROBES, ...TARGET_PROBES } satisfies Record<string, Probe>;

export type Capability = keyof typeof CAPABILITIES;
export const CAPABILITY_NAMES = Object.keys(CAPABILITIES) as Capability[];

/** By capability: `yes`, or what the endpoint does instead. */
export type Measured = Record<Capability, string>;

export const can = (measured: Measured, capability: Capability): boolean => measured[capability] === FULFILLED;

/** Asks an endpoint what it can do. */
export async function measure(region: Region): Promise<Measured> {
  const measured: Partial<Measured> = {};
  for (const name of CAPABILITY_NAMES) {
    const { of, ask }: Probe = CAPABILITIES[name];
    measured[name] = of === 'elbv2' && measured.elbv2 !== FULFILLED ? 'ELBv2 is not served' : await askOne(region, ask);
  }
  return measured as Measured;
}

async function askOne(region: Region, ask: Probe['ask']): Promise<string> {
  const scratch = new Scratch(region);
  try {
    return await ask(scratch);
  } catch (error) {
    return refusalOf(error as Error);
  } finally {
    await scratch.clear();
  }
}

/** A page of HTML or a 501 is no answer of AWS: it means that the endpoint cannot do it. */
function refusalOf(error: Error): string {
  const said = (error.cause ?? error) as {
    name?: string;
    $response?: { statusCode?: number };
    $metadata?: { httpStatusCode?: number };
  };
  const status = said.$metadata?.httpStatusCode ?? said.$response?.statusCode;
  const line = error.message.split('\n')[0]?.slice(0, 160) ?? '';
  if (status !== undefined && status >= 500) return `answers ${status} ${line.includes('<') ? '' : line}`.trimEnd();
  return `answers ${said.name ?? 'Error'}: ${line}`;
}
