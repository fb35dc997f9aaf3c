import type { IncomingMessage } from 'node:http';
import type { LocalAws } from './aws.ts';
import { bodyOf, jsonAnswer } from './http.ts';
import type { Answer } from './http.ts';
import { addInstance } from './network.ts';
import type { InstanceRequest } from './network.ts';
import { SETTINGS } from './settings.ts';
import type { Fault, LocalAwsSettings } from './settings.ts';
import type { ProbeResult } from './state.ts';
import { overrideHealth } from './target-health.ts';

/** Where the control endpoint lives, beside the AWS services on the same port. */
export const CONTROL_PATH = '/_podwire/';

export type Route = { about: string; run: (aws: LocalAws, body: unknown) => unknown };

/** Every route of the control endpoint, by method and path below CONTROL_PATH. */
const CONTROL_ROUTES: Record<string, Route> = {
  'GET ': { about: 'This list.', run: () => routeList(CONTROL_ROUTES) },
  'GET state': { about: 'All resources, by kind and ARN or id.', run: stateOf },
  'GET settings': { about: 'All settings in force, and what each does.', run: settingsOf },
  'PATCH settings': { about: 'Changes the settings given.', run: patchSettings },
  'POST faults': {
    about: 'Adds a fault, or a list of them: {action, code, when?: before | after | half, next?, forMs?, delayMs?}.',
    run: addFaults,
  },
  'DELETE faults': { about: 'Takes all faults away.', run: (aws) => patchSettings(aws, { faults: [] }) },
  'POST policies': {
    about: 'Adds IAM policies by the beginning of the access keys they hold for: {prefix: policy}.',
    run: (aws, body) =>
      patchSettings(aws, { policies: { ...aws.settings.policies, ...(body as LocalAwsSettings['policies']) } }),
  },
  'GET calls': { about: 'The latest calls.', run: (aws) => aws.calls.latest() },
  'DELETE calls': { about: 'Clears the log of calls and its counts.', run: (aws) => aws.calls.clear() ?? {} },
  'GET calls/counts': { about: 'Number of calls by action.', run: (aws) => aws.calls.counts() },
  'POST targets': {
    about: 'Fixes the health of a target: {targetGroupArn, id, port, result: {ok: true} | {ok: false, reason} | null}.',
    run: setTargetHealth,
  },
  'GET targets/history': {
    about: 'What every target went through, {at: milliseconds since 1970, state}, and when each node saw it.',
    run: (aws) => aws.history.lines(),
  },
  'DELETE targets/history': { about: 'Forgets that.', run: (aws) => aws.history.clear() ?? {} },
  'POST instances': {
    about: 'Starts an instance: {id?, zone? | subnetId?, privateAddresses?, tags?}.',
    run: startInstance,
  },
  'POST reset': { about: 'Back to the default network.', run: (aws) => aws.reset() ?? {} },
};

function routeList(routes: Record<string, Route>) {
  return Object.entries(routes).map(([route, { about }]) => {
    const [method, path] = route.split(' ');
    return { method, path: `${CONTROL_PATH}${path}`, about };
  });
}

/** Answers a request to the control endpoint, in JSON; `more` are the routes of whoever is attached to local AWS. */
export async function answerControl(
  aws: LocalAws,
  request: IncomingMessage,
  more: Record<string, Route> = {},
): Promise<Answer> {
  const path = new URL(request.url ?? '/', 'http://local').pathname.slice(CONTROL_PATH.length);
  const routes: Record<string, Route> = { ...CONTROL_ROUTES, ...more };
  const route = routes[`${request.method} ${path}`];
  if (!route)
    return jsonAnswer(404, { error: `no ${request.method} ${CONTROL_PATH}${path}`, routes: routeList(routes) });
  try {
    const body = await bodyOf(request);
    return jsonAnswer(200, route.run(aws, body === '' ? {} : JSON.parse(body)));
  } catch (error) {
    return jsonAnswer(400, { error: (error as Error).message });
  }
}

/** Private keys stay inside. */
function stateOf(aws: LocalAws): unknown {
  const hide = (key: string, value: unknown) =>
    key === 'privateKeyPem' ? undefined : value instanceof Map ? Object.fromEntries(value) : value;
  return JSON.parse(JSON.stringify(aws.state, hide));
}

function settingsOf(aws: LocalAws) {
  return Object.entries(SETTINGS).map(([name, { about }]) => ({
    name,
    value: aws.settings[name as keyof LocalAwsSettings],
    about,
  }));
}

function patchSettings(aws: LocalAws, body: unknown) {
  aws.configure(body as Partial<LocalAwsSettings>);
  return aws.settings;
}

function addFaults(aws: LocalAws, body: unknown) {
  const faults = (Array.isArray(body) ? body : [body]) as Fault[];
  const wrong = faults.find((fault) => typeof fault?.action !== 'string' || typeof fault?.code !== 'string');
  if (wrong) throw new Error(`fault: wanted action and code, given ${JSON.stringify(wrong)}`);
  return patchSettings(aws, { faults: [...aws.settings.faults, ...faults] });
}

type HealthRequest = { targetGroupArn?: string; id?: string; port?: number; result?: ProbeResult | null };

function setTargetHealth(aws: LocalAws, body: unknown) {
  const { targetGroupArn = '', id = '', port = 0, result } = body as HealthRequest;
  const group = aws.state.targetGroups.get(targetGroupArn);
  const target = group?.targets.get(`${id}:${port}`);
  if (!group || !target) throw new Error(`no target ${id}:${port} in target group '${targetGroupArn}'`);
  overrideHealth(aws, group, { key: { id, port }, ...(result && { result }) });
  return target;
}

function startInstance(aws: LocalAws, body: unknown) {
  return { instanceId: addInstance(aws, body as InstanceRequest) };
}
