import { readFileSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { imageEntrypoint } from '../../src/node-flags.ts';

/** Each instruction of the Dockerfile with its arguments; comments and line ends within one left out. */
const instructions = readFileSync('Dockerfile', 'utf8')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(/\s+/));
const named = (name: string): string[][] => instructions.filter(([first]) => first === name).map(([, ...rest]) => rest);

describe('R15: the image', () => {
  test('has a base that is named by whoever builds it', () => {
    expect(named('ARG')).toEqual([['BASE']]);
    expect(named('FROM')).toEqual([['${BASE}']]);
  });

  test('runs nothing while it is built, so that one machine makes it for every architecture', () => {
    expect(new Set(instructions.map(([first]) => first))).toEqual(
      new Set(['ARG', 'FROM', 'LABEL', 'COPY', 'USER', 'ENTRYPOINT']),
    );
  });

  test('has one bundle in it, and no packages, sources or other commands', () => {
    const [flag, ...files] = named('COPY')[0] ?? [];
    expect({ flag, files }).toEqual({
      flag: '--chmod=0444',
      files: ['dist/operator*.mjs', 'dist/operator.cdx.json', 'dist/operator.licenses.txt', 'LICENSE', '/app/'],
    });
    const sent = readFileSync('.dockerignore', 'utf8').trim().split('\n');
    expect(sent).toEqual(['*', '!LICENSE', '!dist/operator*']);
    expect(
      files.slice(0, -1).every((file) => sent.some((line) => matchesGlob(file.replace('*', 'x'), line.slice(1)))),
    ).toBe(true);
  });

  test('runs as the user whom the chart names, by number', () => {
    const { securityContext } = { securityContext: parse(podSecurity()) as Record<string, unknown> };
    expect(named('USER')).toEqual([
      [`${String(securityContext['runAsUser'])}:${String(securityContext['runAsGroup'])}`],
    ]);
    expect(securityContext['runAsNonRoot']).toBe(true);
  });

  test('N6: starts Node with the very flags that the tests run it with', () => {
    const line = readFileSync('Dockerfile', 'utf8').match(/^ENTRYPOINT (.+)$/m)?.[1] ?? '[]';
    expect(JSON.parse(line)).toEqual(imageEntrypoint({ node: '/nodejs/bin/node', app: '/app' }));
  });

  test('N6: may read where the chart mounts its token and its config, and nothing of a person', () => {
    const grants = imageEntrypoint({ node: 'node', app: '/app' }).filter((flag) => flag.startsWith('--allow'));
    expect(grants.every((flag) => flag.startsWith('--allow-fs-read=/'))).toBe(true);
    const mounts = ['deployment.yaml', '_helpers.tpl'].flatMap((file) =>
      [...readFileSync(`charts/podwire/templates/${file}`, 'utf8').matchAll(/mountPath: (\S+)/g)].map(
        ([, path]) => path,
      ),
    );
    expect(mounts.length).toBeGreaterThan(1);
    for (const path of mounts) expect(grants).toContain(`--allow-fs-read=${path}/`);
  });
});

const podSecurity = (): string =>
  /define "podwire\.podSecurity" -\}\}\n([^]*?)\{\{- end/.exec(
    readFileSync('charts/podwire/templates/_helpers.tpl', 'utf8'),
  )?.[1] ?? '';
