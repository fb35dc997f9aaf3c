import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldsOf, lackedFields, type Schema } from '../../../src/model/doctor/crd-fields.ts';
import { WANTED_CRDS } from '../../../src/model/doctor/wanted-crds.ts';

const object = (properties: Record<string, Schema>): Schema => ({ type: 'object', properties });
const text: Schema = { type: 'string' };

describe('H2: what a version of a CustomResourceDefinition lacks', () => {
  const wanted = fieldsOf(
    object({
      spec: object({
        mode: { type: 'string', enum: ['a', 'b'] },
        list: { type: 'array', items: object({ name: text, port: text }) },
        map: { type: 'object', additionalProperties: text },
      }),
      status: object({ seen: text }),
    }),
  );

  test('paths go into lists and maps', () =>
    expect(Object.keys(wanted)).toEqual([
      'spec',
      'spec.mode',
      'spec.list',
      'spec.list[]',
      'spec.list[].name',
      'spec.list[].port',
      'spec.map',
      'spec.map{}',
      'status',
      'status.seen',
    ]));

  test.each([
    ['nothing', {}, ['the field spec', 'the field status']],
    ['a field of a list', { 'spec.list[].port': undefined }, ['the field spec.list[].port']],
    [
      'a list: nothing below it is named',
      {
        'spec.list': undefined,
        'spec.list[]': undefined,
        'spec.list[].name': undefined,
        'spec.list[].port': undefined,
      },
      ['the field spec.list'],
    ],
    ['a value', { 'spec.mode': 'string: a' }, ['the value b of spec.mode']],
    ['values that are not limited', { 'spec.mode': 'string' }, []],
    ['what an open field keeps', { spec: 'object …', 'spec.mode': undefined }, []],
  ])('%s', (_name, change, lacks) => {
    const whole: Record<string, string | undefined> = _name === 'nothing' ? {} : { ...wanted, ...change };
    const found = Object.fromEntries(Object.entries(whole).filter(([, field]) => field !== undefined));
    expect(lackedFields(wanted, found as Record<string, string>)).toEqual(lacks);
  });

  test('our own schemas lack nothing of themselves, and every field that is taken away is told by itself or what is above it', () => {
    for (const { fields } of WANTED_CRDS) expect(lackedFields(fields, fields)).toEqual([]);
    const all = WANTED_CRDS.flatMap(({ fields }) => Object.keys(fields).map((path) => ({ fields, path })));
    fc.assert(
      fc.property(fc.constantFrom(...all), ({ fields, path }) => {
        const { [path]: _taken, ...rest } = fields;
        const open = Object.entries(rest).some(([above, field]) => field.endsWith('…') && path.startsWith(`${above}.`));
        expect(lackedFields(fields, rest)).toEqual(open ? [] : [`the field ${path}`]);
      }),
    );
  });
});
