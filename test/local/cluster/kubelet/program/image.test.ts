import { expect, test } from 'vitest';
import { imageOf, type Images } from '../../../../../src/local/cluster/kubelet/program/image.ts';

const images: Images = {
  'podwire/podwire': { entrypoint: ['podwire'] },
  'registry.test:5000/podwire': { entrypoint: ['theirs'] },
};
const fileOf = (reference: string) => imageOf(images, reference)?.entrypoint[0];

test.each([
  ['podwire/podwire', 'podwire'],
  ['podwire/podwire:1.2.3', 'podwire'],
  ['podwire/podwire@sha256:abcdef', 'podwire'],
  ['podwire/podwire:1.2.3@sha256:abcdef', 'podwire'],
  ['registry.test:5000/podwire', 'theirs'],
  ['registry.test:5000/podwire:1', 'theirs'],
  ['podwire/podwired:1', undefined],
  ['registry.test:5000/podwire/podwire', undefined],
])('%s is found by its repository', (reference, file) => expect(fileOf(reference)).toBe(file));
