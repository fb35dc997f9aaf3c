import { describe, expect, test } from 'vitest';
import { buildStack } from '../../src/model/build.ts';
import { FACTS, inputOf, memberOf, serviceOf } from './cluster.ts';

const port = { name: 'http', port: 80, protocol: 'TCP', targetPort: 'web', nodePort: 30080 } as const;
const admin = { ...port, name: 'admin', port: 81, targetPort: 9000, nodePort: 30081 } as const;
const service = serviceOf('web', { type: 'NodePort', ports: [port, admin] });
const built = (annotations: Record<string, string>, of = service) =>
  buildStack(inputOf([memberOf('a', annotations, { services: [of] })]), FACTS);
const checkOf = (...given: Parameters<typeof built>) => built(...given).stack?.targetGroups[0]?.healthCheck;

describe('health check', () => {
  test('the default time-out stays below a short interval', () => {
    expect(checkOf({ 'healthcheck-interval-seconds': '5' })).toMatchObject({ intervalSeconds: 5, timeoutSeconds: 4 });
    expect(checkOf({ 'healthcheck-interval-seconds': '10' })).toMatchObject({ timeoutSeconds: 5 });
  });

  test.each([
    ['a number', { 'healthcheck-port': '8081' }, 8081],
    ['the traffic port', { 'healthcheck-port': 'traffic-port' }, 'traffic-port'],
    ['a named port of the Pods', { 'healthcheck-port': 'admin' }, 9000],
    ['a named node port', { 'healthcheck-port': 'admin', 'target-type': 'instance' }, 30081],
  ])('%s', (_, annotations, expected) => {
    expect(checkOf(annotations)?.port).toBe(expected);
  });

  test.each([
    ['a named port whose targetPort is a name', { 'healthcheck-port': 'http' }],
    ['a port that is not there', { 'healthcheck-port': 'metrics' }],
    ['a time-out as long as the interval', { 'healthcheck-timeout-seconds': '15' }],
    ['HTTP codes with gRPC', { 'success-codes': '200', 'backend-protocol-version': 'GRPC' }],
  ])('refused: %s', (_, annotations) => {
    expect(built(annotations)).toMatchObject({ members: [{ accepted: false, reason: 'InvalidValue' }] });
  });

  test('with externalTrafficPolicy Local, only instance targets ask kube-proxy which nodes have a Pod', () => {
    const local = { ...service, externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 } as const;
    const node = { port: 31000, path: '/healthz', protocol: 'HTTP' };
    expect(checkOf({ 'target-type': 'instance' }, local)).toMatchObject(node);
    expect(checkOf({ 'target-type': 'instance', 'healthcheck-path': '/x' }, local)).toMatchObject({
      path: '/x',
      port: 'traffic-port',
    });
    expect(checkOf({}, local)).toMatchObject({ port: 'traffic-port', path: '/' });
  });
});
