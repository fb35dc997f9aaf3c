import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { type Body, type Requests, startRequests } from './requests.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/example.dev/v1/namespaces/default/widgets';

const spec = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
    size: { type: 'integer', minimum: 1, default: 3 },
    mode: { type: 'string', enum: ['a', 'b'] },
    port: { 'x-kubernetes-int-or-string': true },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

const definition = {
  metadata: { name: 'widgets.example.dev' },
  spec: {
    group: 'example.dev',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
};

const widget = (spec: object, more: object = {}) => ({
  apiVersion: 'example.dev/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec,
  ...more,
});

async function startWithWidgets(): Promise<Requests> {
  const api = await startRequests();
  expect((await api.post(DEFINITIONS, definition)).code).toBe(201);
  return api;
}

test('a kind is served as soon as its definition is there, and no longer', async () => {
  const api = await startWithWidgets();
  const { body } = await api.get(`${DEFINITIONS}/widgets.example.dev`);
  expect(body.status.conditions).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }));
  await api.post(WIDGETS, widget({ name: 'abc' }));
  expect((await api.get('/apis/example.dev/v1')).body.resources.map((one: Body) => one.name)).toEqual([
    'widgets',
    'widgets/status',
  ]);
  await api.delete(`${DEFINITIONS}/widgets.example.dev`);
  expect((await api.get(WIDGETS)).code).toBe(404);
  expect((await api.get(`${DEFINITIONS}/widgets.example.dev`)).code).toBe(404);
});

test('defaults come, unknown fields go, and what is declared free stays', async () => {
  const api = await startWithWidgets();
  const { body, warnings } = await api.post(
    WIDGETS,
    widget({ name: 'abc', nope: 1, free: { x: { y: 1 } }, port: 'http' }),
  );
  expect(body.spec).toEqual({ name: 'abc', size: 3, free: { x: { y: 1 } }, port: 'http' });
  expect(warnings).toContain('unknown field');
});

test('values are checked against the schema, each with its field', async () => {
  const api = await startWithWidgets();
  const { body } = await api.post(WIDGETS, widget({ name: 'UP', size: 0, mode: 'c', port: 1.5 }));
  expect(body.details.causes.map((one: Body) => `${one.field}: ${one.message}`).sort()).toEqual([
    'spec.mode: Unsupported value: "c": supported values: "a", "b"',
    'spec.name: Invalid value: "UP": spec.name in body should match \'^[a-z]+$\'',
    'spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"',
    'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
  ]);
  expect((await api.post(WIDGETS, widget({}))).body.message).toBe(
    'Widget.example.dev "w" is invalid: spec.name: Required value',
  );
  expect((await api.post(WIDGETS, widget({ name: 'toolong' }))).body.details.causes[0].reason).toBe(
    'FieldValueTooLong',
  );
});

test('the status of a custom resource has its own address and changes no label', async () => {
  const api = await startWithWidgets();
  await api.post(WIDGETS, widget({ name: 'abc' }, { status: { a: 1 } }));
  const { body } = await api.patch(`${WIDGETS}/w/status`, {
    metadata: { labels: { x: 'y' } },
    spec: { name: 'zzz' },
    status: { a: 2 },
  });
  expect([body.spec.name, body.status, body.metadata.labels, body.metadata.generation]).toEqual([
    'abc',
    { a: 2 },
    undefined,
    1,
  ]);
});

test('an update of a custom resource names its resourceVersion', async () => {
  const api = await startWithWidgets();
  await api.post(WIDGETS, widget({ name: 'abc' }));
  expect((await api.put(`${WIDGETS}/w`, widget({ name: 'abc' }))).body.details.causes[0].field).toBe(
    'metadata.resourceVersion',
  );
});

test('its own columns are printed', async () => {
  const api = await startWithWidgets();
  await api.post(WIDGETS, widget({ name: 'abc' }));
  await api.patch(`${WIDGETS}/w/status`, {
    status: {
      conditions: [
        { type: 'Other', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
    },
  });
  const { body } = await api.get(WIDGETS, 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json');
  expect(body.columnDefinitions.map((one: Body) => one.name)).toEqual(['Name', 'Size', 'Ready']);
  expect(body.rows[0].cells).toEqual(['w', 3, 'True']);
});

test('a definition under the wrong name is refused', async () => {
  const api = await startRequests();
  const { body } = await api.post(DEFINITIONS, { ...definition, metadata: { name: 'other.example.dev' } });
  expect(body.details.causes[0].field).toBe('metadata.name');
});

test('the definitions that are shipped are accepted and served', async () => {
  const api = await startRequests();
  const files = readdirSync('crds');
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const crd = load(readFileSync(`crds/${file}`, 'utf8')) as {
      spec: { group: string; names: { plural: string }; versions: { name: string }[] };
    };
    expect((await api.post(`${DEFINITIONS}?fieldValidation=Strict`, crd)).body).toMatchObject({
      kind: 'CustomResourceDefinition',
    });
    const { group, names, versions } = crd.spec;
    expect((await api.get(`/apis/${group}/${versions[0]?.name}/${names.plural}`)).body.items).toEqual([]);
  }
});
