import type { Case, Surroundings } from './case.ts';
import type { Body } from './http.ts';
import { configMap, namesOf, paths, pod } from './objects.ts';

const MERGE = { type: 'application/merge-patch+json' };
const labelled = (name: string, labels: object) => configMap(name, { metadata: { name, labels } });

async function addThree({ http, namespace }: Surroundings): Promise<void> {
  for (const [name, tier] of [
    ['one', 'web'],
    ['two', 'web'],
    ['three', 'data'],
  ] as const)
    await http.send('POST', paths(namespace).configMaps, labelled(name, { tier, name }));
}

const kinds = (events: Body[]): string[] =>
  events.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.code ?? ''}`.trim());

/** Lists with selectors and pages, watches with bookmarks and 410. */
export const READING: Case[] = [
  {
    name: 'label selectors choose',
    async observe(at) {
      await addThree(at);
      const found: Record<string, string[]> = {};
      for (const selector of [
        'tier=web',
        'tier!=web',
        'name in (one,three)',
        'name notin (one)',
        'tier',
        '!tier',
        'tier=web,name=two',
      ])
        found[selector] = namesOf(
          await at.http.send('GET', `${paths(at.namespace).configMaps}?labelSelector=${encodeURIComponent(selector)}`),
        );
      return found;
    },
    expected: {
      'tier=web': ['one', 'two'],
      'tier!=web': ['three'],
      'name in (one,three)': ['one', 'three'],
      'name notin (one)': ['three', 'two'],
      tier: ['one', 'three', 'two'],
      '!tier': [],
      'tier=web,name=two': ['two'],
    },
  },
  {
    name: 'field selectors choose, and one that is not known is 400',
    async observe({ http, namespace }) {
      const { pods } = paths(namespace);
      for (const name of ['one', 'two']) await http.send('POST', pods, pod(name));
      const found = namesOf(await http.send('GET', `${pods}?fieldSelector=metadata.name%3Done`));
      const unbound = namesOf(await http.send('GET', `${pods}?fieldSelector=spec.nodeName%3D,status.phase%3DPending`));
      const unknown = await http.send('GET', `${pods}?fieldSelector=spec.dnsPolicy%3Dx`);
      return [found, unbound, unknown.status];
    },
    expected: [['one'], ['one', 'two'], 400],
  },
  {
    name: 'a list comes in pages',
    async observe(at) {
      await addThree(at);
      const first = await at.http.send('GET', `${paths(at.namespace).configMaps}?limit=2`);
      const { continue: next, remainingItemCount } = first.body.metadata;
      const second = await at.http.send(
        'GET',
        `${paths(at.namespace).configMaps}?limit=2&continue=${encodeURIComponent(next)}`,
      );
      return [first, second]
        .map(({ body }) => body.items.length)
        .concat(remainingItemCount, second.body.metadata.continue === undefined ? 1 : 0);
    },
    expected: [2, 1, 1, 1],
  },
  {
    name: 'a watch goes on from the version of a list',
    async observe({ http, namespace }) {
      const { configMaps } = paths(namespace);
      await http.send('POST', configMaps, configMap('before'));
      const { body } = await http.send('GET', configMaps);
      await http.send('POST', configMaps, configMap('one'));
      await http.send('PATCH', `${configMaps}/one`, { data: { a: '9' } }, MERGE);
      await http.send('DELETE', `${configMaps}/one`);
      const from = `${configMaps}?watch=true&resourceVersion=${body.metadata.resourceVersion}`;
      return kinds(await http.watch(from, (events) => events.length >= 3));
    },
    expected: ['ADDED one', 'MODIFIED one', 'DELETED one'],
  },
  {
    name: 'a watch with a selector sees objects come into it and leave it',
    async observe({ http, namespace }) {
      const { configMaps } = paths(namespace);
      await http.send('POST', configMaps, labelled('one', { tier: 'data' }));
      const { body } = await http.send('GET', configMaps);
      for (const tier of ['web', 'data'])
        await http.send('PATCH', `${configMaps}/one`, { metadata: { labels: { tier } } }, MERGE);
      const from = `${configMaps}?watch=true&labelSelector=tier%3Dweb&resourceVersion=${body.metadata.resourceVersion}`;
      return kinds(await http.watch(from, (events) => events.length >= 2));
    },
    expected: ['ADDED one', 'DELETED one'],
  },
  {
    name: 'a streaming list ends with a bookmark that says so',
    async observe({ http, namespace }) {
      const { configMaps } = paths(namespace);
      await http.send('POST', configMaps, configMap('one'));
      const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
      const own = 'fieldSelector=metadata.name%3Done';
      const events = await http.watch(`${configMaps}?${query}&${own}`, (seen) =>
        seen.some(({ type }) => type === 'BOOKMARK'),
      );
      const { annotations, resourceVersion } = events.at(-1)?.object.metadata ?? {};
      return [events.map(({ type }) => type), annotations, typeof resourceVersion];
    },
    expected: [['ADDED', 'BOOKMARK'], { 'k8s.io/initial-events-end': 'true' }, 'string'],
  },
  {
    name: 'a watch that sees nothing ends after timeoutSeconds, with a bookmark of the newest version',
    async observe({ http, namespace }) {
      const { configMaps } = paths(namespace);
      const { body } = await http.send('GET', configMaps);
      const version = body.metadata.resourceVersion;
      const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=5&resourceVersion=${version}`;
      const watched = http.watch(`${configMaps}?${query}&fieldSelector=metadata.name%3Dnone`, () => false);
      const { body: other } = await http.send('POST', configMaps, configMap('one'));
      const events = await watched;
      const at = Number(events.at(-1)?.object.metadata.resourceVersion);
      return [[...new Set(events.map(({ type }) => type))], at >= Number(other.metadata.resourceVersion)];
    },
    expected: [['BOOKMARK'], true],
  },
  {
    name: 'a watch from a version that is forgotten is told 410',
    async observe({ http, namespace, forget }) {
      const { configMaps } = paths(namespace);
      const { body } = await http.send('POST', configMaps, configMap('one'));
      for (const a of ['2', '3', '4']) await http.send('PATCH', `${configMaps}/one`, { data: { a } }, MERGE);
      await forget();
      const from = `${configMaps}?watch=true&resourceVersion=${body.metadata.resourceVersion}`;
      const events = await http.watch(from, (seen) => seen.length > 0);
      return events.map(({ type, object }) => [type, object.code, object.reason]);
    },
    expected: [['ERROR', 410, 'Expired']],
  },
  {
    name: 'a kind nobody knows is 404',
    async observe({ http, namespace }) {
      const answers = [
        await http.send('GET', `/api/v1/namespaces/${namespace}/wonders`),
        await http.send('GET', '/apis/nobody.dev/v1/wonders'),
      ];
      return answers.map(({ status }) => status);
    },
    expected: [404, 404],
  },
  {
    name: 'without a token nobody is let in',
    async observe({ http }) {
      const { status, body } = await http.send('GET', '/api/v1/namespaces', undefined, { token: 'wrong' });
      return [status, body.reason];
    },
    expected: [401, 'Unauthorized'],
  },
];
