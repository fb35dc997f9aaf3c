import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { releasedChart, releasedValues } from '../../scripts/chart/release.ts';

type Step = { name?: string; uses?: string; run?: string; env?: Record<string, string> };
type Job = { environment?: string; permissions: Record<string, string>; steps: Step[] };
type Workflow = { on: object; permissions: object; jobs: Record<string, Job> };

const FILE = '.github/workflows/release.yml';
const text = readFileSync(FILE, 'utf8');
const workflow = parse(text) as Workflow;
const jobs = Object.entries(workflow.jobs);
const steps = jobs.flatMap(([, job]) => job.steps);
const hasIdentity = ({ permissions }: Job): boolean => permissions['id-token'] === 'write';
const commandsOf = (job: Job): string => job.steps.map(({ run = '' }) => run).join('\n');

describe('the release workflow', () => {
  test('N3: starts from a tag alone, and has no right that a job does not ask for', () => {
    expect(workflow.on).toEqual({ push: { tags: ['v*'] } });
    expect(workflow.permissions).toEqual({});
    const rights = jobs.map(([name, { permissions }]) => [name, permissions]);
    expect(Object.fromEntries(rights)).toEqual({
      build: { contents: 'read' },
      image: { contents: 'read', packages: 'write', 'id-token': 'write', attestations: 'write' },
      package: { 'id-token': 'write' },
      verify: { packages: 'read', attestations: 'read' },
    });
  });

  test('N3: names every action by its commit, with the version beside it', () => {
    const used = [...text.matchAll(/uses: (.+)/g)].map(([, action]) => action as string);
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((one) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(one))).toEqual([]);
  });

  test('N3: whoever can sign or publish was approved, and runs no code of a dependency', () => {
    const able = jobs.filter(([, job]) => hasIdentity(job));
    expect(able.map(([name]) => name)).toEqual(['image', 'package']);
    for (const [, job] of able) {
      expect(job.environment).toBe('release');
      expect(commandsOf(job)).not.toMatch(/npm (ci|i|install|run|exec)\b|npx|node /);
    }
    expect(commandsOf(workflow.jobs['package'] as Job)).toContain('npm publish --ignore-scripts');
  });

  test('N3: has no secret but the token of its run, and puts no text of others into a command', () => {
    const secrets = [...text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);
    expect(new Set(secrets)).toEqual(new Set(['GITHUB_TOKEN']));
    expect(steps.filter(({ run = '' }) => run.includes('${{'))).toEqual([]);
  });

  test('N5: builds twice from the lock file and goes on when both agree, with checked signatures and no fresh version', () => {
    const build = commandsOf(workflow.jobs['build'] as Job);
    for (const command of ['npm ci', 'npm audit signatures', 'npm run release-age', 'SOURCE_DATE_EPOCH'])
      expect(build).toContain(command);
    expect(commandsOf(workflow.jobs['image'] as Job)).toMatch(/^cmp .*sums\.txt .*sums\.txt$/m);
  });

  test('R15: makes the image for both architectures on a base with a digest, and looks whether there is a shell in it', () => {
    const image = commandsOf(workflow.jobs['image'] as Job);
    expect(image).toContain('--platform linux/amd64,linux/arm64');
    expect(image).toContain('*@sha256:*');
    expect(image).toContain('--entrypoint /bin/sh');
  });

  test('H14: pushes the chart with the digest of the image, signs both, and checks it as the documentation says', () => {
    const image = commandsOf(workflow.jobs['image'] as Job);
    expect(image).toMatch(/helm push .*oci:/);
    expect(image).toContain('cosign sign --yes --recursive "$IMAGE" "$CHART"');
    const verify = commandsOf(workflow.jobs['verify'] as Job);
    const documented = readFileSync('docs/supply-chain.md', 'utf8');
    for (const part of [
      'cosign verify',
      'gh attestation verify',
      'https://token.actions.githubusercontent.com',
      'release.yml@',
    ])
      expect([verify.includes(part), documented.includes(part)]).toEqual([true, true]);
    // What the workflow changes in the values of the chart is there to be changed.
    expect(readFileSync('charts/podwire/values.yaml', 'utf8').match(/^ {2}digest: ""$/gm)).toHaveLength(1);
  });

  test('R15: names no registry, and neither does anything else that is built or installed', () => {
    const files = execFileSync('git', ['ls-files', '.github', 'charts', 'scripts', 'deploy', 'Dockerfile', '.npmrc'], {
      encoding: 'utf8',
    });
    const named = [...files.trim().split('\n'), 'Dockerfile', FILE].flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(/\b(?:[\w-]+\.)+[a-z]{2,}(?:\/[\w.-]+)+(?::v?\d[\w.-]*|@sha256:\w+)/g),
      ].map(String),
    );
    expect(named).toEqual([]);
  });
});

describe('the chart as it is released', () => {
  const chart = readFileSync('charts/podwire/Chart.yaml', 'utf8');
  const { version } = parse(chart) as { version: string };
  const changelog = `# Changelog\n\n## ${version}\n\n- Adds \`podwire x\` ([docs](docs/x.md)).\n- Security: a thing.\n\n## 0.0.1\n\n- Old.\n`;
  type Released = { version: string; annotations: Record<string, string> };

  test('H15: has what Artifact Hub shows, its changes from the changelog', () => {
    const { annotations } = parse(releasedChart(chart, changelog)) as Released;
    expect(parse(annotations['artifacthub.io/changes'] ?? '')).toEqual([
      'Adds podwire x (docs).',
      'Security: a thing.',
    ]);
    expect(annotations['artifacthub.io/containsSecurityUpdates']).toBe('true');
    expect(annotations['artifacthub.io/prerelease']).toBe('false');
    expect(annotations['artifacthub.io/license']).toBe('Apache-2.0');
    expect(annotations['artifacthub.io/category']).toBe('networking');
    const crds = parse(annotations['artifacthub.io/crds'] ?? '') as { name: string }[];
    expect(crds.map(({ name }) => name)).toContain('targetgroups.podwire.dev');
  });

  test('H15: a version that the changelog does not know is not released', () => {
    expect(() => releasedChart(chart, '# Changelog\n\n## Unreleased\n\n- New.\n')).toThrow(
      `wanted a section "## ${version}"`,
    );
    const prerelease = chart.replaceAll(version, '2.0.0-rc.1');
    const { annotations } = parse(releasedChart(prerelease, '## 2.0.0-rc.1\n\n- New.\n')) as Released;
    expect(annotations['artifacthub.io/prerelease']).toBe('true');
  });

  test('H14: names the image where it was pushed to', () => {
    const values = readFileSync('charts/podwire/values.yaml', 'utf8');
    expect(parse(releasedValues(values, 'registry.example/podwire'))).toMatchObject({
      image: { repository: 'registry.example/podwire', digest: '' },
    });
    expect(() => releasedValues('image: {}', 'x')).toThrow('wanted the line');
  });
});
