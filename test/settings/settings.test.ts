import { describe, expect, it, test } from 'vitest';
import { readSettings } from '../../src/settings/settings.ts';
import { fileWith, HEAD } from './file.ts';

const REQUIRED = ['--cluster-name', 'shop', '--region', 'eu-central-1', '--vpc-id', 'vpc-1'];
const problemsOf = (args: string[], env = {}) => {
  const read = readSettings(args, env);
  return 'problems' in read ? read.problems : [];
};

describe('settings', () => {
  it('R1: flags win over the environment, the environment over the file, the file over the table', () => {
    const file = fileWith(`${HEAD}workers: 1\ndefaultScheme: internal\nlogLevel: warn\nregion: eu-west-1\n`);
    const env = {
      PODWIRE_CONFIG: '/nowhere',
      PODWIRE_DEFAULT_SCHEME: 'internet-facing',
      PODWIRE_WORKERS: '3',
      PODWIRE_LOG_LEVEL: '',
      AWS_REGION: 'us-east-1',
      PODWIRE_REGION: 'us-west-2',
    };
    const read = readSettings([...REQUIRED.slice(0, 2), '--vpc-id', 'vpc-1', '--workers', '5', '--config', file], env);
    expect(read).toMatchObject({
      settings: { clusterName: 'shop', workers: 5, defaultScheme: 'internet-facing', defaultTargetType: 'ip' },
      origins: { workers: 'flag --workers', defaultScheme: 'environment PODWIRE_DEFAULT_SCHEME', inject: 'default' },
    });
    expect(read).toMatchObject({
      settings: { logLevel: 'warn', region: 'us-west-2', kubeconfig: undefined },
      origins: { logLevel: `${file}:5`, region: 'environment PODWIRE_REGION', kubeconfig: 'not set' },
    });
  });

  it('R1: what is wrong in the environment is named by its variable, and a wrong file is refused though a flag wins', () => {
    const file = fileWith(`${HEAD}workers: 0\n`);
    expect(
      problemsOf([...REQUIRED, '--workers', '5', '--config', file, '--wrkers', '1'], { PODWIRE_INJECT: 'on' }),
    ).toEqual([
      'unknown flag --wrkers; did you mean --workers?',
      `${file}:3: workers: wanted a whole number above 0, at most 1000000, given 0`,
      'PODWIRE_INJECT: wanted auto or policy or webhook or off, given "on"',
    ]);
  });

  test('every missing required setting is named at once, with its variables', () => {
    expect(problemsOf([])).toEqual([
      expect.stringContaining('--cluster-name is required (or PODWIRE_CLUSTER_NAME, or clusterName in a config file)'),
      expect.stringContaining(
        '--region is required (or PODWIRE_REGION, AWS_REGION, AWS_DEFAULT_REGION, or region in a config file)',
      ),
      expect.stringContaining('--vpc-id is required'),
    ]);
  });

  test('an unknown flag names the nearest known one', () => {
    expect(problemsOf([...REQUIRED, '--cluster-nam', 'x'])).toEqual([
      'unknown flag --cluster-nam; did you mean --cluster-name?',
    ]);
  });

  test.each([
    ['--default-target-type', 'pod', '--default-target-type: wanted ip or instance, given "pod"'],
    ['--workers', '0', '--workers: wanted a whole number above 0, at most 1000000, given "0"'],
    [
      '--fallback-away-seconds',
      '-1',
      '--fallback-away-seconds: wanted seconds, 0 or more, at most 1000000, given "-1"',
    ],
    [
      '--drain-propagation-alb-seconds',
      'long',
      '--drain-propagation-alb-seconds: wanted seconds, 0 or more, at most 1000000, given "long"',
    ],
    [
      '--drain-hold-seconds',
      'never',
      '--drain-hold-seconds: wanted seconds, 0 or more, at most 1000000, or auto, given "never"',
    ],
    ['--drain-mode', 'Strict', '--drain-mode: wanted Managed or Audit, given "Strict"'],
    ['--leader-elect', 'yes', '--leader-elect: wanted true or false, given "yes"'],
    [
      '--lease-renew-deadline-seconds',
      '10',
      '--lease-renew-deadline-seconds: wanted less than --lease-duration-seconds (10), given 10',
    ],
    [
      '--lease-retry-seconds',
      '4',
      '--lease-retry-seconds: wanted at most half of --lease-renew-deadline-seconds (7), given 4',
    ],
    ['--lease-retry-seconds', '0', '--lease-retry-seconds: wanted more than 0, given 0'],
    ...['8080', 'localhost', 'a:b', '127.0.0.1:99999', '::1:8080'].map((text) => [
      '--metrics-address',
      text,
      `--metrics-address: wanted host:port or off, given "${text}"`,
    ]),
    ['--webhook-address', 'off', '--webhook-address: wanted host:port, given "off"'],
    ['--routable-cidrs', '10.8.0.0', '--routable-cidrs: wanted 10.8.0.0/16,10.9.0.0/16, given "10.8.0.0"'],
    ['--log-level', 'loud', '--log-level: wanted trace or debug or info or warn or error, given "loud"'],
    ['--default-tags', 'team=a,team=b', '--default-tags: wanted k=v,k=v, given "team=a,team=b"'],
    ['--default-tags', 'team', '--default-tags: wanted k=v,k=v, given "team"'],
  ])('%s %s is refused with what was wanted and given', (flag, value, sentence) => {
    expect(problemsOf([...REQUIRED, flag, value])).toEqual([sentence]);
  });

  test('the drain budget has the values of its design, and takes fractions and auto', () => {
    expect(readSettings(REQUIRED, {})).toMatchObject({
      settings: {
        drainMode: 'Managed',
        drainPropagationAlbSeconds: 20,
        drainPropagationNlbSeconds: 120,
        drainControllerGapSeconds: 20,
        drainMarginAlbSeconds: 3,
        drainMarginNlbSeconds: 8,
        drainDetectSeconds: 2,
        drainHoldSeconds: 0,
      },
    });
    const given = ['--drain-propagation-alb-seconds', '4.5', '--drain-hold-seconds', 'auto'];
    expect(readSettings([...REQUIRED, ...given], {})).toMatchObject({
      settings: { drainPropagationAlbSeconds: 4.5, drainHoldSeconds: 'auto' },
    });
  });

  test('lists and maps are read', () => {
    const read = readSettings(
      [...REQUIRED, '--default-tags', 'team=shop,env=prod', '--routable-cidrs', '10.8.0.0/16'],
      {},
    );
    expect(read).toMatchObject({
      settings: { defaultTags: { team: 'shop', env: 'prod' }, routableCidrs: ['10.8.0.0/16'] },
    });
  });
});
