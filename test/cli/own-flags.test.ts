import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OwnFlags } from '../../src/cli/own-flags.ts';

const OWN = {
  filename: { type: 'string', short: 'f', multiple: true },
  context: { type: 'string' },
  offline: { type: 'boolean' },
} as const;
const WORD = /^ingress\/(.+)$/;

/** Command lines piece by piece: those of our own, and those that are left to the settings. */
const ours = fc.constantFrom(
  ['-f', 'a.yaml'],
  ['-fa.yaml'],
  ['--filename=a.yaml'],
  ['--context', 'here'],
  ['--offline'],
  ['ingress/shop'],
);
const theirs = fc.constantFrom(
  ['--region', 'eu-central-1'],
  ['--cluster-name=shop'],
  ['--kubeconfig', 'ingress/config'],
  ['--unknown'],
  ['word'],
);

describe('flags of a command beside those of run', () => {
  it('leaves to the settings all that is not its own, in its order', () => {
    const pieces = fc.array(fc.record({ own: fc.boolean(), ours, theirs }));
    fc.assert(
      fc.property(pieces, (all) => {
        const args = all.flatMap(({ own, ours: mine, theirs: other }) => (own ? mine : other));
        const rest = all.flatMap(({ own, theirs: other }) => (own ? [] : other));
        expect(new OwnFlags(args, OWN).rest(WORD)).toEqual(rest);
      }),
    );
  });

  it('reads values in every way in which they can be written', () => {
    const given = new OwnFlags(['-f', 'a', '-fb', '--filename=c', '--context', 'one', '--context', 'two'], OWN);
    expect(given.all('filename')).toEqual(['a', 'b', 'c']);
    expect(given.last('context', 'offline')).toEqual({ context: 'two' });
    expect(given.has('offline')).toBe(false);
  });

  it('takes words that match, and leaves one that is the value of a flag', () => {
    const given = new OwnFlags(['ingress/a', '--kubeconfig', 'ingress/b', '--offline', 'ingress/c'], OWN);
    expect(given.words(WORD)).toEqual(['a', 'c']);
    expect(given.last('kubeconfig')).toEqual({ kubeconfig: 'ingress/b' });
    expect(given.rest()).toEqual(['ingress/a', '--kubeconfig', 'ingress/b', 'ingress/c']);
  });

  it.each([['--context'], ['-f']])('refuses %s without a value', (flag) => {
    const given = new OwnFlags([flag], OWN);
    expect(() => [given.all('filename'), given.last('context')]).toThrow('wanted a value, given none');
  });
});
