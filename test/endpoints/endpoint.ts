import { type Fault, type LocalAwsSettings } from '../../src/local/aws/settings.ts';
import { attachDataPlane } from '../../src/local/aws/dataplane/data-plane.ts';
import { startLocalAws } from '../../src/local/aws/server.ts';
import type { SocketAddress } from '../../src/local/loopback.ts';
import { startMoto } from './moto.ts';

/** Where a suite finds AWS: a URL, and what can be made to happen there besides calls. */
export type Endpoint = {
  name: string;
  url: string;
  region: string;
  /** Puts load balancers on real sockets: where the listener of that port really is. */
  listenerAddress?: (loadBalancer: string, port: number) => SocketAddress | undefined;
  /** Throttles every call of a family beyond a burst of two until the work is done. */
  throttling?: (work: () => Promise<void>) => Promise<void>;
  /** Refuses all calls for want of rights until the work is done. */
  refusing?: (work: () => Promise<void>) => Promise<void>;
  /** Whether targets are dialled: then only loopback addresses may be registered. */
  dials: 'loopback of the VPC address' | 'nothing' | 'the address';
  close(): Promise<void>;
};

const REGION = 'eu-central-1';

/** Local AWS with its data plane, over HTTP. Changes take effect at once, so that nobody has to wait. */
export async function openLocalAws(): Promise<Endpoint> {
  const { url, aws, close } = await startLocalAws({
    settings: {
      region: REGION,
      ipv6: true,
      networkInterfaceLingerMs: 0,
      propagationLagMs: { min: 0, max: 0 },
    },
  });
  const dataPlane = attachDataPlane(aws);
  const during = async (settings: Partial<LocalAwsSettings>, work: () => Promise<void>): Promise<void> => {
    const before = structuredClone(aws.settings);
    aws.configure(settings);
    await work().finally(() => aws.configure(before));
  };
  const denied: Fault = { action: '*', code: 'AccessDenied', message: 'not authorized', httpStatus: 403 };
  return {
    name: 'local AWS',
    url,
    region: REGION,
    dials: 'loopback of the VPC address',
    listenerAddress: (arn, port) =>
      dataPlane.addresses().find((each) => each.loadBalancerArn === arn && each.listenerPort === port),
    throttling: (work) => during({ throttling: throttled }, work),
    refusing: (work) => during({ faults: [denied] }, work),
    close: async () => {
      await dataPlane.close();
      await close();
    },
  };
}

const slow = { perSecond: 10, burst: 2 };
const throttled = { 'elb-describe': slow, 'elb-create': slow, 'elb-modify': slow, 'ec2-describe': slow };

/** A moto server of the tool cache, in a process of its own. */
export async function openMoto(python: string): Promise<Endpoint> {
  const { url, close } = await startMoto(python);
  const authorize = (allowed: string) =>
    fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: allowed }).then(() => undefined);
  return {
    name: 'moto',
    url,
    region: REGION,
    dials: 'nothing',
    refusing: async (work) => {
      await authorize('0');
      try {
        await work();
      } finally {
        await authorize('inf');
      }
    },
    close,
  };
}

/** Any other, by its URL; `PODWIRE_ENDPOINT_NAME` is what the table calls it. What it does is not known, so nothing but loopback addresses is registered there. */
export function givenEndpoint(url: string): Endpoint {
  const region = process.env['AWS_REGION'] ?? REGION;
  const name = process.env['PODWIRE_ENDPOINT_NAME'] ?? new URL(url).host;
  return { name, url, region, dials: 'the address', close: async () => undefined };
}
