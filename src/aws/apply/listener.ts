import { listenerRequest } from './request.ts';
import type { Operations } from './run.ts';
import { toPairs } from '../pairs.ts';

type Names = 'createListener' | 'modifyListener' | 'addCertificate' | 'removeCertificate' | 'deleteListener';

export const LISTENER_OPERATIONS: Operations<Names> = {
  createListener: async ({ loadBalancer, settings, tags }, { account, resolve }) => {
    const request = {
      LoadBalancerArn: resolve(loadBalancer),
      ...listenerRequest(settings, resolve),
      Tags: toPairs(tags),
    };
    const { Listeners } = await account.elb.createListener(request);
    return { arn: Listeners?.[0]?.ListenerArn ?? '' };
  },
  modifyListener: async ({ listener, settings }, { account, resolve }) => {
    await account.elb.modifyListener({ ListenerArn: resolve(listener), ...listenerRequest(settings, resolve) });
    return undefined;
  },
  addCertificate: async ({ listener, certificate }, { account, resolve }) => {
    await account.elb.addListenerCertificates({
      ListenerArn: resolve(listener),
      Certificates: [{ CertificateArn: certificate }],
    });
    return undefined;
  },
  removeCertificate: async ({ listener, certificate }, { account, resolve }) => {
    await account.elb.removeListenerCertificates({
      ListenerArn: resolve(listener),
      Certificates: [{ CertificateArn: certificate }],
    });
    return undefined;
  },
  deleteListener: async ({ arn }, { account }) => {
    await account.elb.deleteListener({ ListenerArn: arn });
    return undefined;
  },
};
