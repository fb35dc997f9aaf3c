import { describe, expect, it, test } from 'vitest';
import { command } from '../../src/cli/config.ts';
import { fileWith, HEAD } from '../settings/file.ts';

const REQUIRED = ['--cluster-name', 'shop', '--region', 'eu-central-1', '--vpc-id', 'vpc-1'];

async function config(args: string[], env = {}): Promise<{ code: number; out: string[]; told: string[] }> {
  const out: string[] = [];
  const told: string[] = [];
  const { signal } = new AbortController();
  const terminal = { env, out: (line: string) => out.push(line), tell: (line: string) => told.push(line), signal };
  return { code: await command.run(args, terminal), out, told };
}

describe('podwire config', () => {
  it('R1: print --effective tells where each value comes from', async () => {
    const file = fileWith(`${HEAD}workers: 4\n`);
    const env = { PODWIRE_CONFIG: file, AWS_REGION: 'eu-west-1', PODWIRE_REGION: '' };
    const flags = ['--cluster-name', 'shop', '--vpc-id=vpc-1'];
    const { code, out } = await config(['print', ...flags, '--effective', '-o', 'json'], env);
    expect(code).toBe(0);
    expect(JSON.parse(out.join('\n'))).toMatchObject({
      clusterName: { value: 'shop', from: 'flag --cluster-name' },
      vpcId: { value: 'vpc-1', from: 'flag --vpc-id' },
      region: { value: 'eu-west-1', from: 'environment AWS_REGION' },
      workers: { value: 4, from: `${file}:3` },
      logLevel: { value: 'info', from: 'default' },
    });
  });

  test.each([[[]], [['-o', 'yaml']], [['--output=text']], [['-ojson']]])('the form %j is printed', async (form) => {
    const { code, out } = await config(['print', '--effective', ...REQUIRED, ...form]);
    expect(code).toBe(0);
    expect(out.join('\n')).toContain('shop');
  });

  test('print without --effective prints a config file', async () => {
    const { code, out } = await config(['print']);
    expect(code).toBe(0);
    expect((await config(['check', fileWith(out.join('\n'))])).code).toBe(0);
  });

  test('check tells what is wrong with a file, and says so by its exit code', async () => {
    const file = fileWith(`${HEAD}leaseRenewDeadlineSeconds: 20\n`);
    expect(await config(['check', file])).toEqual({
      code: 1,
      out: [],
      told: [`${file}:3: leaseRenewDeadlineSeconds: wanted less than --lease-duration-seconds (10), given 20`],
    });
  });

  test.each([
    [[], 'config: wanted print or check, given nothing'],
    [['prnt'], 'config: wanted print or check, given prnt; did you mean print?'],
    [['check'], 'config check: wanted FILE, given nothing'],
    [['check', '/nowhere'], '/nowhere: there is no such file'],
    [['print', '-o', 'xml'], '--output: wanted yaml or json or text, given xml'],
    [['print', '-o', 'json'], '--output: without --effective there is yaml only'],
    [['print', '--workers', '3'], '--workers: flags are for --effective'],
    [['print', '--effective', ...REQUIRED, '--workrs', '3'], 'unknown flag --workrs; did you mean --workers?'],
    [
      ['print', '--effective', ...REQUIRED, '--config', '/nowhere'],
      '/nowhere: cannot be read: ENOENT: no such file or directory',
    ],
  ])('%j is refused', async (args, problem) => {
    expect(await config(args)).toEqual({ code: 2, out: [], told: [problem] });
  });
});
