import { DRAIN, GATE, INJECTED } from '../../src/api/pod.ts';

/** One pod that is created in a namespace with these drain lines. */
export type InjectionCase = {
  name: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  spec?: object;
  /** Of the ConfigMap `podwire-drain`; none where it is not there. */
  lines?: Record<string, string>;
  /** The namespace has the label `podwire.dev/inject=enabled`, so that the fixed lines apply too. */
  labelled?: true;
  /** Container that another webhook adds after ours. */
  added?: object;
  /** What is written into it: seconds of the sleep by container, grace, whether it has the gate. */
  expect: { sleeps: Record<string, number>; grace: number; gate: boolean } | 'untouched';
};

/** Data of the ConfigMap `podwire-defaults` while the corpus runs. */
export const FIXED_LINES = { all: 'v1;45;true;preserve;' };

const LINE = { web: 'v1;45;true;preserve;app=web' };
const NLB = { nlb: 'v1;150;false;off;app=web' };
const WEB = { app: 'web' };
const container = (name: string, rest: object = {}) => ({ name, image: 'example.test/web:1', ...rest });
const preStop = (handler: object) => ({ lifecycle: { preStop: handler } });
const one = (rest: object = {}) => ({ containers: [container('app', rest)] });
const PROBE = { tcpSocket: { port: 8080 } };
const ALB = { sleeps: { app: 45 }, grace: 75, gate: true } as const;

const own = (name: string, handler: object): InjectionCase => ({
  name: `own preStop: ${name}`,
  labels: WEB,
  lines: LINE,
  spec: one(preStop(handler)),
  expect: { sleeps: {}, grace: 30, gate: true },
});

const noLine = (name: string, line: string): InjectionCase => ({
  name: `no line: ${name}`,
  labels: WEB,
  lines: { web: line },
  expect: 'untouched',
});

const left = (name: string, rest: Omit<InjectionCase, 'name' | 'expect'>): InjectionCase => ({
  name,
  labels: WEB,
  lines: LINE,
  ...rest,
  expect: 'untouched',
});

const ours = (seconds: string, grace: string, containers: string) => ({
  [INJECTED.preStopSeconds]: seconds,
  [INJECTED.appGraceSeconds]: grace,
  [INJECTED.containers]: containers,
});

/** Every kind of pod and line that injection is promised for, in policy and webhook alike. */
export const CORPUS: InjectionCase[] = [
  { name: 'no lifecycle', labels: WEB, lines: LINE, expect: ALB },
  { name: 'no labels, line without selector', lines: { all: 'v1;45;true;preserve;' }, expect: ALB },
  { name: 'no labels, line with selector', lines: LINE, expect: 'untouched' },
  { name: 'no lines at all', labels: WEB, expect: 'untouched' },
  {
    name: 'other labels beside the selected ones',
    labels: { ...WEB, tier: 'fe', 'a.b/c': 'd' },
    lines: { web: 'v1;45;true;preserve;app=web,tier=fe' },
    expect: ALB,
  },
  {
    name: 'one of two labels',
    labels: WEB,
    lines: { web: 'v1;45;true;preserve;app=web,tier=fe' },
    expect: 'untouched',
  },
  {
    name: 'labels with dots and slashes',
    labels: { 'app.kubernetes.io/name': 'web.front-end_1' },
    lines: { web: 'v1;45;true;preserve;app.kubernetes.io/name=web.front-end_1' },
    expect: ALB,
  },
  {
    name: 'an empty value and no such label',
    labels: WEB,
    lines: { web: 'v1;45;true;preserve;tier=' },
    expect: 'untouched',
  },
  { name: 'an empty value', labels: { tier: '' }, lines: { web: 'v1;45;true;preserve;tier=' }, expect: ALB },
  {
    name: 'the same label twice',
    labels: WEB,
    lines: { web: 'v1;45;true;preserve;app=web,app=api' },
    expect: 'untouched',
  },
  { name: 'the same pair twice', labels: WEB, lines: { web: 'v1;45;true;preserve;app=web,app=web' }, expect: ALB },
  own('sleep', { sleep: { seconds: 10 } }),
  own('sleep as long as the grace', { sleep: { seconds: 30 } }),
  own('exec', { exec: { command: ['sh', '-c', 'sleep 10'] } }),
  own('httpGet', { httpGet: { path: '/stop', port: 8080 } }),
  own('tcpSocket', { tcpSocket: { port: 8080 } }),
  {
    name: 'postStart is kept',
    labels: WEB,
    lines: LINE,
    spec: one({ lifecycle: { postStart: { exec: { command: ['true'] } } } }),
    expect: ALB,
  },
  {
    name: 'several containers, one with its own preStop',
    labels: WEB,
    lines: LINE,
    spec: { containers: [container('b'), container('app'), container('a', preStop({ exec: { command: ['true'] } }))] },
    expect: { sleeps: { b: 45, app: 45 }, grace: 75, gate: true },
  },
  {
    name: 'native sidecar and init container',
    labels: WEB,
    lines: LINE,
    spec: {
      ...one(),
      initContainers: [container('setup'), container('mesh', { restartPolicy: 'Always', livenessProbe: PROBE })],
    },
    expect: ALB,
  },
  {
    name: 'probes without a grace of their own',
    labels: WEB,
    lines: LINE,
    spec: one({ livenessProbe: PROBE, startupProbe: PROBE, readinessProbe: PROBE }),
    expect: ALB,
  },
  {
    name: 'probes with a grace of their own',
    labels: WEB,
    lines: LINE,
    spec: {
      containers: [
        container('app', { livenessProbe: { ...PROBE, terminationGracePeriodSeconds: 5 } }),
        container('b', { startupProbe: { ...PROBE, terminationGracePeriodSeconds: 7 }, livenessProbe: PROBE }),
      ],
    },
    expect: { sleeps: { app: 45, b: 45 }, grace: 75, gate: true },
  },
  {
    name: 'probes, liveness off',
    labels: WEB,
    lines: { web: 'v1;45;true;off;app=web' },
    spec: one({ livenessProbe: PROBE }),
    expect: ALB,
  },
  {
    name: 'probes, one line with liveness off and one that preserves',
    labels: WEB,
    lines: { a: 'v1;150;false;off;app=web', b: 'v1;45;true;preserve;app=web' },
    spec: one({ livenessProbe: PROBE }),
    expect: { sleeps: { app: 150 }, grace: 180, gate: true },
  },
  {
    name: 'probes, a line without sleep preserves nothing',
    labels: WEB,
    lines: { a: 'v1;45;false;off;app=web', b: 'v1;0;true;preserve;app=web' },
    spec: one({ livenessProbe: PROBE }),
    expect: ALB,
  },
  left('grace 0', { spec: { ...one(), terminationGracePeriodSeconds: 0 } }),
  {
    name: 'grace 1',
    labels: WEB,
    lines: LINE,
    spec: { ...one({ livenessProbe: PROBE }), terminationGracePeriodSeconds: 1 },
    expect: { ...ALB, grace: 46 },
  },
  {
    name: 'grace 600',
    labels: WEB,
    lines: LINE,
    spec: { ...one(), terminationGracePeriodSeconds: 600 },
    expect: { ...ALB, grace: 645 },
  },
  left('restartPolicy Never', { spec: { ...one(), restartPolicy: 'Never' } }),
  left('restartPolicy OnFailure', { spec: { ...one(), restartPolicy: 'OnFailure' } }),
  left('opted out', { annotations: { [DRAIN]: 'off' } }),
  { name: 'drain: on', labels: WEB, lines: LINE, annotations: { [DRAIN]: 'on' }, expect: ALB },
  left('mirror pod', {
    annotations: { 'kubernetes.io/config.mirror': 'f00d' },
    spec: { ...one(), nodeName: 'node-1' },
  }),
  {
    name: 'hostNetwork',
    labels: WEB,
    lines: LINE,
    spec: { ...one({ ports: [{ containerPort: 8080 }] }), hostNetwork: true },
    expect: ALB,
  },
  {
    name: 'existing gate',
    labels: WEB,
    lines: LINE,
    spec: { ...one(), readinessGates: [{ conditionType: GATE }] },
    expect: ALB,
  },
  {
    name: 'another gate',
    labels: WEB,
    lines: LINE,
    spec: { ...one(), readinessGates: [{ conditionType: 'example.test/warm' }] },
    expect: ALB,
  },
  {
    name: 'no gate wanted',
    labels: WEB,
    lines: { web: 'v1;45;false;preserve;app=web' },
    expect: { ...ALB, gate: false },
  },
  {
    name: 'several lines: the largest wins',
    labels: WEB,
    lines: { a: 'v1;45;true;preserve;app=web', b: 'v1;150;false;preserve;', c: 'v1;300;true;preserve;app=api' },
    expect: { sleeps: { app: 150 }, grace: 180, gate: true },
  },
  {
    name: 'a malformed line beside a good one',
    labels: WEB,
    lines: { bad: 'v1;forty;true;preserve;app=web', web: 'v1;45;true;preserve;app=web' },
    expect: ALB,
  },
  {
    name: 'seconds 0: only the gate',
    labels: WEB,
    lines: { web: 'v1;0;true;preserve;app=web' },
    expect: { sleeps: {}, grace: 30, gate: true },
  },
  {
    name: 'seconds 9999',
    labels: WEB,
    lines: { web: 'v1;9999;true;preserve;app=web' },
    expect: { sleeps: { app: 9_999 }, grace: 10_029, gate: true },
  },
  { name: 'seconds with leading zeros', labels: WEB, lines: { web: 'v1;0045;true;preserve;app=web' }, expect: ALB },
  noLine('five digits', 'v1;10000;true;preserve;app=web'),
  noLine('negative', 'v1;-45;true;preserve;app=web'),
  noLine('fraction', 'v1;4.5;true;preserve;app=web'),
  noLine('exponent', 'v1;1e3;true;preserve;app=web'),
  noLine('blank', 'v1; 45;true;preserve;app=web'),
  noLine('without seconds', 'v1;;true;preserve;app=web'),
  noLine('unknown version', 'v2;45;true;preserve;app=web'),
  noLine('without a version', '45;true;app=web'),
  noLine('gate yes', 'v1;45;yes;preserve;app=web'),
  noLine('liveness unknown', 'v1;45;true;keep;app=web'),
  noLine('a field more', 'v1;45;true;preserve;app=web;x'),
  noLine('a field less', 'v1;45;true;preserve'),
  noLine('selector without value', 'v1;45;true;preserve;app'),
  noLine('selector without key', 'v1;45;true;preserve;=web'),
  noLine('selector with two values', 'v1;45;true;preserve;app=web=x'),
  noLine('trailing comma', 'v1;45;true;preserve;app=web,'),
  noLine('trailing newline', 'v1;45;true;preserve;app=web\n'),
  noLine('a second line', 'v1;45;true;preserve;app=web\nv1;45;true;preserve;'),
  noLine('empty', ''),
  {
    name: 'container added by another webhook',
    labels: WEB,
    lines: LINE,
    added: container('mesh', { livenessProbe: PROBE }),
    expect: { sleeps: { app: 45, mesh: 45 }, grace: 75, gate: true },
  },
  {
    name: 'container with its own preStop added by another webhook',
    labels: WEB,
    lines: LINE,
    added: container('mesh', preStop({ sleep: { seconds: 20 } })),
    expect: ALB,
  },
  {
    name: 'copied from a protected pod, raised by a longer line',
    labels: WEB,
    lines: NLB,
    annotations: ours('45', '30', 'app'),
    spec: { ...one(preStop({ sleep: { seconds: 45 } })), terminationGracePeriodSeconds: 75 },
    expect: { sleeps: { app: 150 }, grace: 180, gate: false },
  },
  {
    name: 'copied from a protected pod, kept above a shorter line',
    labels: WEB,
    lines: LINE,
    annotations: ours('150', '30', 'app'),
    spec: { ...one(preStop({ sleep: { seconds: 150 } })), terminationGracePeriodSeconds: 180 },
    expect: { sleeps: { app: 150 }, grace: 180, gate: true },
  },
  {
    name: 'copied from a protected pod, with another grace since',
    labels: WEB,
    lines: LINE,
    annotations: ours('45', '30', 'app'),
    spec: { ...one(preStop({ sleep: { seconds: 45 } })), terminationGracePeriodSeconds: 300 },
    expect: { ...ALB, grace: 345 },
  },
  {
    name: 'a sleep of our length that is not ours',
    labels: WEB,
    lines: NLB,
    annotations: ours('45', '30', 'b'),
    spec: {
      containers: [
        container('app', preStop({ sleep: { seconds: 45 } })),
        container('b', preStop({ sleep: { seconds: 45 } })),
      ],
      terminationGracePeriodSeconds: 75,
    },
    expect: { sleeps: { b: 150 }, grace: 180, gate: false },
  },
  {
    name: 'nonsense where our annotations are',
    labels: WEB,
    lines: LINE,
    annotations: ours('many', '-1', ',,'),
    expect: ALB,
  },
  {
    name: 'a noted grace of 0',
    labels: WEB,
    lines: LINE,
    annotations: ours('45', '0', 'app'),
    spec: { ...one({ livenessProbe: PROBE }), terminationGracePeriodSeconds: 45 },
    expect: { ...ALB, grace: 90 },
  },
  {
    name: 'names and ports twice',
    labels: WEB,
    lines: LINE,
    spec: {
      ...one({
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
        ports: [{ containerPort: 80 }, { containerPort: 80, name: 'again' }, { containerPort: 80, protocol: 'UDP' }],
      }),
      imagePullSecrets: [{ name: 'a' }, { name: 'a' }],
    },
    expect: ALB,
  },
  { name: 'labelled namespace without lines', labels: WEB, labelled: true, expect: ALB },
  {
    name: 'labelled namespace with a longer line',
    labels: WEB,
    labelled: true,
    lines: NLB,
    spec: one({ livenessProbe: PROBE }),
    expect: { sleeps: { app: 150 }, grace: 180, gate: true },
  },
  {
    name: 'labelled namespace with a shorter line',
    labels: WEB,
    labelled: true,
    lines: { web: 'v1;5;false;off;app=web' },
    expect: ALB,
  },
  left('labelled namespace, opted out', { labelled: true, annotations: { [DRAIN]: 'off' } }),
];
