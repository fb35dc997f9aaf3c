import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { explain } from '../../src/cli/explain.ts';
import { readArguments } from '../../src/cli/explain/arguments.ts';
import type { Resource } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import { tellWay } from '../../src/model/explain/way.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import { CERTIFICATE, openWorld, type World } from '../scenarios/world.ts';
import { blocksOf } from './documents.ts';

/** As EKS has it. */
const KUBE_PROXY = `
apiVersion: v1
kind: Namespace
metadata: { name: kube-system }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: kube-proxy-config, namespace: kube-system }
data: { config: "mode: iptables" }
`;

let world: World;

beforeAll(async () => {
  world = await openWorld({ workloads: true, controls: ['no-gate'] });
  await world.applyYaml(KUBE_PROXY);
  for (const name of readdirSync('examples'))
    await world.applyYaml(readFileSync(`examples/${name}/${name}.yaml`, 'utf8'));
  const { certificates } = world.aws.state;
  const given = certificates.get(CERTIFICATE);
  const arn = /arn:aws:acm:\S+/.exec(readFileSync('examples/shop/shop.yaml', 'utf8'))?.[0] ?? '';
  if (given) certificates.set(arn, { ...given, arn });
  await world.start();
  await world.advance(120_000);
}, 120_000);

async function explained(name: string): Promise<string> {
  const asked = { ...readArguments([`ingress/${name}`]), namespace: name };
  const apis = { elb: localElbApi(world.aws), ec2: localEc2Api(world.aws), clock };
  const { way } = await explain(asked, { kube: world.kube, awsOf: () => apis });
  return tellWay(way).join('\n');
}

/** What is another with each run: names that are made, addresses, ports of nodes. */
const FLEETING: [RegExp, string][] = [
  [/(pw-[a-z]+-[a-z]+-)[0-9a-f]{10}/g, '$1…'],
  [/\b((?:shop\/web|overlay\/overlay)-)[a-z0-9]+-[a-z0-9]{5}/g, '$1…'],
  [/\bip-\d+-\d+-\d+-\d+\b[\w.-]*/g, 'ip-…'],
  [/\b\d+\.\d+\.\d+\.\d+\b/g, '…'],
  [/\bi-[0-9a-f]{17}\b/g, 'i-…'],
  [/(?<=port |:)3\d{4}\b/g, '…'],
  [/(?<=eu-central-1)[abc](?=: )/g, '…'],
];

const lasting = (text: string): string =>
  FLEETING.reduce((one, [what, name]) => one.replaceAll(what, name), text).trim();

/** The output that a document shows of a command. */
function shownBy(file: string, command: string): string {
  const block = blocksOf({ file, text: readFileSync(file, 'utf8') }).find(({ text }) =>
    text.startsWith(`$ ${command}\n`),
  );
  return block?.text.slice(command.length + 3) ?? `${file} does not show ${command}`;
}

test('R18: every Ingress of the examples gets its address', async () => {
  const ingresses = await world.kube.list(RESOURCES.ingress);
  const addresses = ingresses.map(({ metadata, status }) => {
    const { loadBalancer } = (status ?? {}) as { loadBalancer?: { ingress?: { hostname: string }[] } };
    return [metadata.name, loadBalancer?.ingress?.[0]?.hostname];
  });
  const address = expect.stringMatching(/^pw-[a-z]+-[a-z]+-[0-9a-f]{10}\./);
  expect(Object.fromEntries(addresses)).toEqual(
    Object.fromEntries(readdirSync('examples').map((name) => [name, address])),
  );
});

/** The rows that `kubectl get -A` prints of a kind beside others, with a single blank between cells. */
async function printed(resource: Resource): Promise<string[]> {
  const { group, version, kind } = resource;
  const columns = world.cluster.kinds.findKind(`${group}/${version}`, kind)?.columns.filter(({ wide }) => !wide) ?? [];
  const objects = (await world.kube.list(resource)).filter(({ metadata: { name } }) => !name.includes('hello'));
  const rows = objects.map((one) => [
    one.metadata.namespace ?? '',
    `${kind.toLowerCase()}.${group}/${one.metadata.name}`,
    ...columns
      .filter(({ name }) => name !== 'Name')
      .map(({ cell }) => `${(cell(one, world.clock.now()) as string | undefined) ?? ''}`),
  ]);
  const head = ['NAMESPACE', ...columns.map(({ name }) => name.toUpperCase())];
  return [head, ...rows].map((cells) => cells.join(' ').trim());
}

/** Without what is another with each run, ages among it. */
const lastingRow = (row: string): string => lasting(row.replaceAll(/ +/g, ' ')).replace(/ \d+[smh]$/, ' …');

test('R5, R18: README.md shows the columns that kubectl prints, and what stands in them', async () => {
  const block = blocksOf({ file: 'README.md', text: readFileSync('README.md', 'utf8') }).find(({ text }) =>
    text.includes('$ kubectl get ingress,targetgroups,loadbalancers -A'),
  );
  const shown = block?.text.split('\n').map(lastingRow) ?? [];
  for (const resource of [RESOURCES.targetGroup, RESOURCES.loadBalancer])
    for (const row of await printed(resource)) expect(shown).toContain(lastingRow(row));
});

describe('R16, R18: the paths that are shown', () => {
  test.each(['README.md', 'docs/explain.md'])('R18: %s draws the path in ip mode as it is printed', async (file) => {
    const printed = await explained('shop');
    expect(lasting(shownBy(file, 'podwire explain ingress/shop -n shop'))).toBe(lasting(printed));
    expect(printed).toMatch(/^serves\n[\s\S]*^ALB → wire → node → pod$/m);
  });

  test.each(['README.md', 'docs/explain.md'])(
    'R18: %s draws the path in instance mode as it is printed',
    async (file) => {
      const printed = await explained('overlay');
      expect(lasting(shownBy(file, 'podwire explain ingress/overlay -n overlay'))).toBe(lasting(printed));
      expect(printed).toMatch(/^serves\n[\s\S]*^ALB → wire → node → kernel forward → \[wire →\] pod$/m);
    },
  );

  test('R18: control: another text is told apart', async () => {
    const other = (await explained('shop')).replace('HTTPS 443', 'HTTPS 8443');
    expect(lasting(shownBy('README.md', 'podwire explain ingress/shop -n shop'))).not.toBe(lasting(other));
  });
});
