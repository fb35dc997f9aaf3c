import { describe, expect, test } from 'vitest';
import type { Annotation } from '../../../src/model/annotations/annotation.ts';
import { INGRESS_KEYS, rowOf } from '../../../src/model/annotations/table.ts';
import { SERVICE_KEYS } from '../../../src/model/annotations/service-keys.ts';
import { buildStack } from '../../../src/model/build.ts';
import { FACTS, inputOf, memberOf, serviceOf } from '../cluster.ts';

const rows: [string, Annotation][] = Object.entries(INGRESS_KEYS);
const written = (key: string): string => key.replace('*', 'web');
const built = (key: string) => buildStack(inputOf([memberOf('a', { [written(key)]: 'something' })]), FACTS);

describe('the table', () => {
  test('has the keys of the AWS Load Balancer Controller', () => {
    expect(rows).toHaveLength(72);
    expect(Object.keys(SERVICE_KEYS)).toHaveLength(49);
  });

  test('a key of a family is found by its row, the row itself is no key', () => {
    expect(rowOf('actions.blue', INGRESS_KEYS)).toBe(INGRESS_KEYS['actions.*']);
    expect(rowOf('actions.', INGRESS_KEYS)).toBeUndefined();
    expect(rowOf('actions.*', INGRESS_KEYS)).toBe(INGRESS_KEYS['actions.*']);
    expect(rowOf('toString', INGRESS_KEYS)).toBeUndefined();
  });

  test.each(rows.filter(([, row]) => row.protects !== undefined))('S13: %s refuses and creates nothing', (key) => {
    const { stack, members } = built(key);
    expect(stack).toBeUndefined();
    expect(members).toMatchObject([{ accepted: false, reason: 'ProtectionNotSupported' }]);
  });

  test.each(rows.filter(([, row]) => !row.acted && row.protects === undefined))('%s is told and served', (key) => {
    const { stack, members } = built(key);
    expect(stack?.listeners[0]?.rules).toHaveLength(1);
    expect(members[0]).toMatchObject({ accepted: true, problems: [{ severity: 'warning', reason: 'NotActedOn' }] });
  });

  test.each(rows.filter(([, row]) => row.on.includes('Service') && row.protects !== undefined))(
    '%s on a Service refuses whoever uses it',
    (key) => {
      const service = serviceOf('web', { annotations: { [`alb.ingress.kubernetes.io/${key}`]: 'something' } });
      const { stack } = buildStack(inputOf([memberOf('a', {}, { services: [service] })]), FACTS);
      expect(stack).toBeUndefined();
    },
  );
});
