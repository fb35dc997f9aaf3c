import { afterEach, beforeEach, expect, test } from 'vitest';
import { curlLine } from '../../../../src/local/aws/dataplane/address-book.ts';
import { storeCertificate as storeCertificateIn } from './certificates.ts';
import { fixed, forwardTo, send, startWorld, until, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = startWorld(4);
});
afterEach(() => world.close());

const storeCertificate = (name: string) => storeCertificateIn(world, name);

test('rules are tried by priority, the default actions last', async () => {
  const loadBalancer = world.createLoadBalancer();
  const listener = world.createListener(loadBalancer, fixed('404', 'default'));
  const rule = (Priority: number, Conditions: object[], Actions: object[]) =>
    world.call('CreateRule', { ListenerArn: listener, Priority, Conditions, Actions });
  const path = (...Values: string[]) => ({ Field: 'path-pattern', Values });
  rule(20, [path('/a*')], fixed('200', 'twenty'));
  rule(10, [path('/ab*'), { Field: 'host-header', Values: ['shop.example.com'] }], fixed('200', 'ten'));
  const RedirectConfig = { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' };
  rule(30, [path('/secure')], [{ Type: 'redirect', RedirectConfig }]);
  await until(async () => (await world.ask({ path: '/secure' })).status === 301);
  const bodyAt = async (host: string, where: string) => (await world.ask({ host, path: where })).body;
  expect(await bodyAt('shop.example.com:8080', '/abc?x=1')).toBe('ten');
  expect(await bodyAt('www.example.com', '/abc')).toBe('twenty');
  expect(await bodyAt('www.example.com', '/b/a')).toBe('default');
  const redirected = await world.ask({ path: '/secure?a=1', host: 'shop.example.com' });
  expect(redirected.headers).toMatchObject({
    location: 'https://shop.example.com:443/secure?a=1',
    server: 'awselb/2.0',
  });
});

test('a weighted forward reaches its groups by their weights', async () => {
  const groups: string[] = [];
  for (const name of ['blue', 'green', 'grey']) {
    const group = world.createTargetGroup(name);
    const target = await world.serve((_request, response) => response.end(name));
    groups.push(group);
    world.call('RegisterTargets', { TargetGroupArn: group, Targets: [target] });
  }
  const TargetGroups = groups.map((TargetGroupArn, index) => ({ TargetGroupArn, Weight: [1, 1, 0][index] }));
  world.createListener(world.createLoadBalancer(), [{ Type: 'forward', ForwardConfig: { TargetGroups } }]);
  await until(() => groups.every((group) => Object.values(world.statesOf(group))[0] === 'healthy'));
  const answers = await Promise.all(Array.from({ length: 60 }, () => world.ask()));
  expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['blue', 'green']));
});

test('HTTPS: the certificate follows the host name, and re-imported ones are used', async () => {
  const [shop, any, other] = await Promise.all(
    ['shop.example.com', '*.example.com', 'other.test'].map(storeCertificate),
  );
  const listener = world.createListener(world.createLoadBalancer(), fixed('200', 'secret'), {
    Protocol: 'HTTPS',
    Port: 8443,
    Certificates: [{ CertificateArn: other!.arn }],
  });
  for (const { arn } of [shop!, any!])
    world.call('AddListenerCertificates', { ListenerArn: listener, Certificates: [{ CertificateArn: arn }] });
  const at = await world.listening(8443);
  const asks = (servername: string, authority: string) =>
    send({
      host: at.host,
      port: at.port,
      tls: true,
      agent: false,
      servername,
      ca: authority,
      headers: { Host: servername },
    });
  await until(() =>
    asks('shop.example.com', shop!.authority).then(
      () => true,
      () => false,
    ),
  );
  expect((await asks('www.example.com', any!.authority)).body).toBe('secret');
  expect((await asks('other.test', other!.authority)).body).toBe('secret');
  await expect(asks('shop.example.com', any!.authority)).rejects.toThrow('certificate');
  const renewed = await storeCertificate('shop.example.com');
  expect((await asks('shop.example.com', renewed.authority)).status).toBe(200);
  await expect(asks('shop.example.com', shop!.authority)).rejects.toThrow('certificate');
});

test('targets behind HTTPS listeners learn the protocol', async () => {
  const { arn, authority } = await storeCertificate('shop.example.com');
  const group = world.createTargetGroup('shop');
  const target = await world.serve((request, response) =>
    response.end([request.headers['x-forwarded-proto'], request.headers['x-forwarded-port']].join(' ')),
  );
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [target] });
  const https = { Protocol: 'HTTPS', Port: 8443, Certificates: [{ CertificateArn: arn }] };
  world.createListener(world.createLoadBalancer(), forwardTo(group), https);
  await until(() => world.statesOf(group)[target.Id] === 'healthy');
  const at = await world.listening(8443);
  const options = { servername: 'shop.example.com', ca: authority, headers: { Host: 'shop.example.com' } };
  expect((await send({ host: at.host, port: at.port, tls: true, agent: false, ...options })).body).toBe('https 8443');
});

test('a port that is taken is replaced by a free one, and the address book says which', async () => {
  const first = world.createLoadBalancer('first');
  world.createListener(first, fixed('200', 'first'));
  const at = await world.listening();
  const second = startWorld(4); // on the same loopback addresses
  second.createListener(second.createLoadBalancer('second'), fixed('200', 'second'));
  const other = await second.listening();
  expect([at.port, other.listenerPort]).toEqual([8080, 8080]);
  expect(other).toMatchObject({ loadBalancer: 'second', dnsName: 'second.localhost', host: at.host });
  expect(other.port).not.toBe(8080);
  expect((await second.ask()).body).toBe('second');
  await second.close();
});

test('curl lines lead to where the listener really is', () => {
  const address = {
    loadBalancer: 'shop',
    loadBalancerArn: 'arn',
    dnsName: 'shop.localhost',
    zone: 'eu-central-1a',
    host: '127.240.0.1',
    port: 40_001,
  };
  expect(
    curlLine({ ...address, listenerPort: 80, protocol: 'HTTP' }, { host: 'shop.example.com', path: '/cart' }),
  ).toBe("curl --connect-to shop.example.com:80:127.240.0.1:40001 'http://shop.example.com/cart'");
  expect(curlLine({ ...address, listenerPort: 8443, protocol: 'HTTPS' }, {})).toBe(
    "curl --insecure --connect-to shop.localhost:8443:127.240.0.1:40001 'https://shop.localhost:8443/'",
  );
});
