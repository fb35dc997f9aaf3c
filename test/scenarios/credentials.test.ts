import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeApi } from '../../src/kube/api.ts';
import { Unauthorized } from '../../src/kube/errors.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { ingress, service, slice } from './manifests.ts';
import { awsShape } from './shape.ts';
import { openWorld, type World } from './world.ts';

const A_WHILE = 180_000;
/** A pass that failed is tried again within a minute; then targets become healthy. */
const HEALED = 120_000;

let world: World;
let tokenExpired = false;

const without = (verb: string): Promise<never> =>
  Promise.reject(new Unauthorized(`${verb} something`, `${verb} something: 401 Unauthorized`));

/** The API server as it is, until the token has expired. What is watched by then goes on being watched, as with a real one. */
const guarded = (kube: KubeApi): KubeApi => ({
  ...kube,
  get: (...given) => (tokenExpired ? without('get') : kube.get(...given)),
  list: (...given) => (tokenExpired ? without('list') : kube.list(...given)),
  create: (...given) => (tokenExpired ? without('create') : kube.create(...given)),
  patch: (...given) => (tokenExpired ? without('patch') : kube.patch(...given)),
  delete: (...given) => (tokenExpired ? without('delete') : kube.delete(...given)),
});

beforeEach(async () => {
  tokenExpired = false;
  world = await openWorld();
  world.between = ({ kube, ...aws }) => ({ kube: guarded(kube), ...aws });
  await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50'] }));
  await world.apply(ingress({ name: 'shop', rules: [{ host: 'shop.example.com', service: 'web' }] }));
  await world.start();
  await world.advance(30_000);
});

/** A pod goes, another comes, a rule changes, and an Ingress is new. */
async function change(): Promise<void> {
  await world.apply(slice({ service: 'web', addresses: ['10.0.2.50', '10.0.3.50'] }));
  await world.apply(ingress({ name: 'shop', rules: [{ host: 'shop.example.com', path: '/new', service: 'web' }] }));
  await world.apply(ingress({ name: 'late', rules: [{ host: 'late.example.com', service: 'web' }] }));
}

async function expectChanged(): Promise<void> {
  await world.advance(HEALED);
  const shape = awsShape(world).join('\n');
  expect(shape).toContain('[10.0.2.50:8080 healthy, 10.0.3.50:8080 healthy]');
  expect(shape).toContain('/new');
  expect(shape.match(/^load-balancer/gm)).toHaveLength(2);
  expect(JSON.stringify(await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name: 'late' }))).toContain(
    '"hostname"',
  );
  expect(world.errors).toEqual([]);
}

const SKEW = 'the clock of this machine and that of AWS are more than 5 minutes apart';

const REFUSALS = [
  {
    name: 'credentials that have expired',
    fault: { code: 'ExpiredToken', message: 'The security token included in the request is expired' },
    said: 'ExpiredToken: The security token included in the request is expired',
  },
  {
    name: 'a key that was deleted',
    fault: { code: 'InvalidClientTokenId', message: 'The security token included in the request is invalid.' },
    said: 'InvalidClientTokenId: ',
  },
  {
    name: 'a clock that is behind',
    fault: {
      code: 'SignatureDoesNotMatch',
      message: 'Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z (20260101T001000Z - 5 min.)',
    },
    said: SKEW,
  },
  {
    name: 'a clock that is ahead',
    fault: {
      code: 'SignatureDoesNotMatch',
      message:
        'Signature not yet current: 20260101T001000Z is still later than 20260101T000500Z (20260101T000000Z + 5 min.)',
    },
    said: SKEW,
  },
  {
    name: 'a clock that is off, as EC2 says it',
    fault: { code: 'RequestTimeTooSkewed', message: 'The difference between the request time and now is too large.' },
    said: SKEW,
  },
];

describe('bad input: AWS does not take the credentials', () => {
  test.each(REFUSALS)(
    'bad input: $name: it is said, nothing is lost, and all is made up for',
    async ({ fault, said }) => {
      const before = awsShape(world);
      world.aws.configure({ faults: [{ action: '*', httpStatus: 403, ...fault }] });
      await change();
      await world.advance(A_WHILE);
      expect(awsShape(world)).toEqual(before);
      const told = [
        ...(await world.events('late')),
        ...(await world.conditions(RESOURCES.loadBalancer, 'ingress.shop.shop')),
      ];
      expect(told.filter((line) => line.includes('CredentialsRefused') && line.includes(said))).not.toEqual([]);
      expect(told.join('\n')).not.toContain('AccessDenied');
      const [group] = await world.kube.list(RESOURCES.targetGroup);
      expect(JSON.stringify(group?.['status'])).toContain('"reason":"CredentialsRefused"');
      expect(JSON.stringify(world.log)).not.toMatch(/ReferenceError|TypeError/);
      world.aws.configure({ faults: [] });
      await expectChanged();
    },
  );

  test('bad input: control: with credentials that are taken all of it is done at once', async () => {
    await change();
    await expectChanged();
  });
});

test('bad input: the API server takes the token no more: pods are followed as far as is known, nothing is deleted, and all is made up for', async () => {
  tokenExpired = true;
  await change();
  await world.advance(A_WHILE);
  expect(world.life.mutating.filter((action) => action.startsWith('delete'))).toEqual([]);
  expect(awsShape(world).join('\n')).toContain('10.0.3.50:8080 healthy');
  expect(JSON.stringify(world.log)).toContain('401 Unauthorized');
  tokenExpired = false;
  await expectChanged();
});
