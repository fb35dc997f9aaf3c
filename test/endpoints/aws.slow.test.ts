import { afterAll, describe } from 'vitest';
import { findTool } from '../../scripts/tool-cache.ts';
import { describeWith } from '../tools.ts';
import { givenEndpoint, openLocalAws, openMoto } from './endpoint.ts';
import { missingForLocalStack } from './localstack/requirements.ts';
import { findRuntime, openRuntime } from './localstack/runtime.ts';
import { type NotRun, Outcomes, printOutcomes } from './outcomes.ts';
import { describeEndpoint } from './suite.ts';

const all: Outcomes[] = [];
const outcomesOf = (endpoint: string): Outcomes => {
  const outcomes = new Outcomes(endpoint);
  all.push(outcomes);
  return outcomes;
};

describe.concurrent('L1: endpoints', () => {
  describe('AWS as local AWS has it', () => {
    describeEndpoint({ open: openLocalAws, known: true, outcomes: outcomesOf('local AWS') });
  });

  describeWith(['moto'], 'AWS as moto has it', () => {
    const open = () => {
      const found = findTool('moto');
      if ('missing' in found) throw new Error(found.missing);
      return openMoto(found.path);
    };
    describeEndpoint({ open, known: true, outcomes: outcomesOf('moto') });
  });

  const runtime = findRuntime();
  if ('path' in runtime)
    describe('AWS as LocalStack runtime has it', () => {
      const open = () => openRuntime(runtime.path);
      describeEndpoint({ open, known: false, outcomes: outcomesOf('LocalStack runtime') });
    });

  const given = process.env['AWS_ENDPOINT_URL'];
  if (given) {
    const endpoint = givenEndpoint(given);
    describe(`AWS as ${endpoint.name} has it`, () => {
      describeEndpoint({ open: async () => endpoint, known: false, outcomes: outcomesOf(endpoint.name) });
    });
  }
});

afterAll(async () => console.log(`\n${printOutcomes(all, await absentEndpoints())}\n`));

async function absentEndpoints(): Promise<NotRun[]> {
  const absent: NotRun[] = [];
  const moto = findTool('moto');
  if ('missing' in moto) absent.push({ endpoint: 'moto', why: moto.missing });
  const runtime = findRuntime();
  if ('missing' in runtime) absent.push({ endpoint: 'LocalStack runtime', why: runtime.missing });
  if (!all.some(({ endpoint }) => endpoint === 'LocalStack'))
    absent.push({ endpoint: 'LocalStack', why: await whyNoLocalStack() });
  if (!process.env['AWS_ENDPOINT_URL']) absent.push({ endpoint: 'AWS_ENDPOINT_URL', why: 'it is not set' });
  return absent;
}

async function whyNoLocalStack(): Promise<string> {
  const missing = await missingForLocalStack();
  return missing.length > 0 ? missing.join('; ') : '"npm run test:localstack" starts it';
}
