import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Store } from '../../src/cluster/store.ts';

type Thing = { namespace: string; name: string; colours: string[] };
const thing = (name: string, ...colours: string[]): Thing => ({ namespace: 'n', name, colours });
const newStore = () => new Store<Thing, 'colour'>({ colour: ({ colours }) => colours });
const named = (things: Thing[]): string[] => things.map(({ name }) => name).toSorted();

test('a change tells old and new; what changes nothing is no change', () => {
  const store = newStore();
  expect(store.put(thing('a', 'red'))).toEqual([{ key: 'n/a', new: thing('a', 'red') }]);
  expect(store.put(thing('a', 'red'))).toEqual([]);
  expect(store.put(thing('a', 'blue'))).toEqual([{ key: 'n/a', old: thing('a', 'red'), new: thing('a', 'blue') }]);
  expect(store.remove(thing('a'))).toEqual([{ key: 'n/a', old: thing('a', 'blue') }]);
  expect(store.remove(thing('a'))).toEqual([]);
});

test('a snapshot tells only what differs, and marks the store as synced', () => {
  const store = newStore();
  store.put(thing('gone'));
  store.put(thing('same'));
  expect(store.synced).toBe(false);
  expect(store.replace([thing('same'), thing('new')])).toEqual([
    { key: 'n/new', new: thing('new') },
    { key: 'n/gone', old: thing('gone') },
  ]);
  expect(store.synced).toBe(true);
  expect(store.size).toBe(2);
});

test('after any changes the index finds just what a search through all would', () => {
  const colour = fc.constantFrom('red', 'green', 'blue');
  const object = fc.record({
    namespace: fc.constant('n'),
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    colours: fc.uniqueArray(colour),
  });
  const step = fc.oneof(
    fc.record({ do: fc.constant('put' as const), object }),
    fc.record({ do: fc.constant('remove' as const), object }),
    fc.record({
      do: fc.constant('replace' as const),
      objects: fc.uniqueArray(object, { selector: ({ name }) => name }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const store = newStore();
      for (const one of steps) {
        if (one.do === 'replace') store.replace(one.objects);
        else store[one.do](one.object);
        for (const value of ['red', 'green', 'blue']) {
          const expected = [...store.values()].filter(({ colours }) => colours.includes(value));
          expect(named(store.by('colour', value))).toEqual(named(expected));
        }
      }
    }),
  );
});
