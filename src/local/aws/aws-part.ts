import { mintCertificate } from '../../certificate.ts';
import { nodeLoopback } from '../loopback.ts';
import type { Part } from '../process.ts';
import { storeCertificate } from './acm.ts';
import { attachDataPlane } from './dataplane/data-plane.ts';
import { curlLine } from './dataplane/address-book.ts';
import { requestOf } from './dataplane/served-request.ts';
import { addInstance, type InstanceRequest } from './network.ts';
import { startLocalAws } from './server.ts';
import type { LocalAwsSettings } from './settings.ts';

export type AwsPartOptions = {
  port?: number;
  settings?: Partial<LocalAwsSettings>;
  /** Which range of addresses of this machine is used; see `claimSlot`. */
  slot?: number;
  /** The machines behind the cluster's nodes. */
  instances: InstanceRequest[];
  /** A certificate that is there from the beginning. */
  certificate?: { arn: string; names: string[] };
};

/** `authority`: PEM of the authority that signed the certificate. */
export type AwsReady = { url: string; authority: string };

/** Local AWS, control plane and data plane, as a process of its own. */
export const awsPart: Part<AwsPartOptions, AwsReady> = async (options, process) => {
  const { port, settings, instances, certificate, slot = 0 } = options;
  const routes = {
    'GET addresses': { about: 'Where each listener really listens, with a ready curl line.', run: () => addresses() },
    'GET lags': { about: 'How far behind each load balancer node is.', run: () => dataPlane.lags() },
  };
  const running = await startLocalAws({
    routes,
    ...(port !== undefined && { port }),
    ...(settings && { settings }),
  });
  const { aws, url } = running;
  for (const instance of instances) addInstance(aws, instance);
  const minted = await mintCertificate(certificate?.names ?? ['localhost'], new Date(aws.clock.now()));
  if (certificate !== undefined)
    storeCertificate(aws, certificate.arn, { Certificate: minted.certificate, PrivateKey: minted.privateKey });
  const dataPlane = attachDataPlane(aws, { nodeAddress: (index) => nodeLoopback(index, slot) });
  const addresses = () =>
    dataPlane.addresses().map((one) => ({ ...one, curl: curlLine(one, requestOf(aws.state, one)) }));
  process.onStop(async () => {
    await dataPlane.close();
    await running.close();
  });
  return { url, authority: minted.authority };
};
