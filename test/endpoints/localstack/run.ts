import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startLocalStack } from './container.ts';
import { missingForLocalStack } from './requirements.ts';

process.exit(await main());

/** 0 also where LocalStack cannot be started, which is said line by line; 1 then under `PODWIRE_REQUIRE_LOCALSTACK=1`. */
async function main(): Promise<number> {
  const missing = await missingForLocalStack();
  if (missing.length > 0) {
    const required = process.env['PODWIRE_REQUIRE_LOCALSTACK'] === '1';
    console.error(`${required ? 'failed' : 'skipped'}: LocalStack was not started, nothing was tested on it`);
    for (const line of missing) console.error(`  missing: ${line}`);
    return required ? 1 : 0;
  }
  console.error('starting LocalStack (the first time its image is downloaded)');
  const { url, image, close } = await startLocalStack();
  console.error(`${image} serves at ${url}`);
  try {
    return await runSuite(url);
  } finally {
    await close();
  }
}

async function runSuite(url: string): Promise<number> {
  const env = { ...process.env, AWS_ENDPOINT_URL: url, PODWIRE_ENDPOINT_NAME: 'LocalStack' };
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'slow', 'test/endpoints'];
  const child = spawn(process.execPath, vitest, { stdio: 'inherit', env });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
