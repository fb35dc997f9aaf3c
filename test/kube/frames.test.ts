import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter, parseFrame } from '../../src/kube/frames.ts';

test('lines come out whole, wherever the pieces are cut, also inside a character of several bytes', () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => `<${text.replaceAll(/\s/g, '_')}>`);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(200)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(''));
      const splitter = new LineSplitter();
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const seen = at.slice(1).flatMap((end, index) => splitter.push(bytes.subarray(at[index], end)));
      expect(seen).toEqual(lines);
    }),
  );
  expect(new LineSplitter().push(Buffer.from('{"name":"Gemüse 🥕"}\n'))).toEqual(['{"name":"Gemüse 🥕"}']);
});

test('what is no frame is undefined, and never an exception', () => {
  const bad = ['', 'null', '7', '[]', '{}', '<html>', '{"type":"ADDED"}', '{"type":"ADDED","object":null}'];
  const worse = [
    '{"type":"PUSHED","object":{"metadata":{"resourceVersion":"1"}}}',
    '{"type":"ADDED","object":{"metadata":{}}}',
  ];
  expect([...bad, ...worse].filter((line) => parseFrame(line) !== undefined)).toEqual([]);
});

test('managed fields and the last applied configuration are dropped', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' };
  const object = { metadata: { name: 'a', resourceVersion: '1', managedFields: [{}], annotations } };
  const frame = parseFrame(JSON.stringify({ type: 'ADDED', object }));
  expect(frame?.object).toEqual({ metadata: { name: 'a', resourceVersion: '1', annotations: { kept: 'yes' } } });
});
