import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTROL_PLANE_TOOLS, findTool, findTools } from '../../scripts/tool-cache.ts';
import { startLocalCluster, startNodes } from '../../src/local/cluster/cluster.ts';
import { startControlPlane } from '../../src/local/control-plane/control-plane.ts';
import { kubectlWith } from '../kubectl.ts';
import { describeWith } from '../tools.ts';
import { APPLYING } from './applying.ts';
import type { Case, Surroundings } from './case.ts';
import { httpFor } from './http.ts';
import { KNOWN_DIFFERENCES } from './known-differences.ts';
import { KUBECTL } from './kubectl.ts';
import { READING } from './reading.ts';
import { SIZES } from './sizes.ts';
import { WORKLOADS } from './workloads.ts';
import { WRITING } from './writing.ts';

const CASES: Case[] = [...WRITING, ...READING, ...APPLYING, ...SIZES, ...WORKLOADS, ...KUBECTL];

type Server = { kubeconfig: string; forget(): Promise<void>; close(): Promise<void> };

async function startLocal(dir: string): Promise<Server> {
  const cluster = await startLocalCluster({ dir });
  return { kubeconfig: cluster.kubeconfigPath, forget: () => cluster.forgetHistory(), close: () => cluster.close() };
}

async function startReal(dir: string): Promise<Server> {
  const tools = findTools(CONTROL_PLANE_TOOLS);
  if ('missing' in tools) throw new Error(tools.missing);
  // It writes a ConfigMap of its own into every namespace, whenever it comes to it.
  const without = ['root-ca-certificate-publisher-controller'] as const;
  const controlPlane = await startControlPlane({ binaries: tools.paths, dir, without });
  const { kubeconfig } = controlPlane;
  const nodes = await startNodes({ kubeconfig, dir });
  return {
    kubeconfig,
    forget: () => controlPlane.restartApiServer(), // its watch cache begins with what is there now
    close: () => nodes.close().then(() => controlPlane.close()),
  };
}

/** Runs the cases against one server; `judge` says what an observation must be. */
function cases(start: (dir: string) => Promise<Server>, judge: (one: Case, observed: unknown) => void): void {
  let server: Server;
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'podwire-contract-'));
    server = await start(dir);
  });
  afterAll(async () => {
    await server?.close();
    await rm(dir, { recursive: true, force: true });
  });
  const kubectl = findTool('kubectl');
  for (const [index, one] of CASES.entries()) {
    const skip = one.kubectl === true && 'missing' in kubectl;
    let tries = 0; // each has a namespace of its own
    test.skipIf(skip)(one.name, async () => {
      const namespace = `case-${index}${tries === 0 ? '' : `-${tries}`}`;
      tries += 1;
      judge(one, await one.observe(await surroundings(server, namespace)));
    });
  }
}

async function surroundings({ kubeconfig, forget }: Server, namespace: string): Promise<Surroundings> {
  const tool = findTool('kubectl');
  const http = await httpFor(kubeconfig);
  const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  expect((await http.send('POST', '/api/v1/namespaces', made)).status).toBe(201);
  return { http, namespace, forget, kubectl: 'path' in tool ? kubectlWith(tool.path, kubeconfig) : undefined };
}

/** JSON, as it came: without what is undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null)) as unknown;

describe('the local cluster keeps the contract', () => {
  cases(startLocal, (one, observed) => {
    const known = KNOWN_DIFFERENCES.find((difference) => difference.case === one.name);
    if (known === undefined) {
      expect(plain(observed)).toEqual(plain(one.expected));
      return;
    }
    expect(plain(observed), `known to differ: ${known.reason}`).toEqual(plain(known.local));
    expect(plain(observed), 'it no longer differs: take the entry away').not.toEqual(plain(one.expected));
  });
});

describeWith(CONTROL_PLANE_TOOLS, 'a real control plane keeps the contract', () => {
  cases(startReal, (one, observed) => expect(plain(observed)).toEqual(plain(one.expected)));
});

test('every known difference is about a case there is, and each case has its own name', () => {
  const names = CASES.map(({ name }) => name);
  expect(KNOWN_DIFFERENCES.map((difference) => difference.case).filter((name) => !names.includes(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
