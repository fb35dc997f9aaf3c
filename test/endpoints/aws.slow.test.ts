import { afterAll, describe } from 'vitest';
import { findTool } from '../../scripts/tool-cache.ts';
import { describeWith } from '../tools.ts';
import { givenEndpoint, openLocalAws, openMoto } from './endpoint.ts';
import { Outcomes, printOutcomes } from './outcomes.ts';
import { describeEndpoint } from './suite.ts';

const all: Outcomes[] = [];
const outcomesOf = (endpoint: string): Outcomes => {
  const outcomes = new Outcomes(endpoint);
  all.push(outcomes);
  return outcomes;
};

describe.concurrent('endpoints', () => {
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

  const given = process.env['PODWIRE_TEST_ENDPOINT'];
  if (given) {
    const endpoint = givenEndpoint(given);
    describe(`AWS as ${endpoint.name} has it`, () => {
      describeEndpoint({ open: async () => endpoint, known: false, outcomes: outcomesOf(endpoint.name) });
    });
  }
});

afterAll(() => console.log(`\n${printOutcomes(all)}\n`));
