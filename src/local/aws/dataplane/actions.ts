import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ServerResponse } from 'node:http';
import { SERVER, phraseOf } from './answers.ts';
import type { Answer } from './answers.ts';
import type { RoutedRequest } from './conditions.ts';
import { matchesConditions } from './conditions.ts';
import { pickTargetGroup } from './forward.ts';
import { redirectLocation } from './redirect.ts';
import type { ClientConnection } from './target-headers.ts';
import type { ListenerConfig } from './wanted.ts';

/** What is to be done with one request. */
export type Decision =
  | { kind: 'forward'; targetGroupArn: string }
  | { kind: 'answer'; answer: Answer }
  | { kind: 'fixed'; status: number; contentType: string; body: string };

export type Asked = { routed: RoutedRequest; client: ClientConnection; chance: number };

/** The decision of the first rule that matches. `chance` in [0, 1) picks among weighted target groups. */
export function decide(rules: ListenerConfig['rules'], asked: Asked): Decision {
  const rule = rules.find((candidate) => matchesConditions(candidate.conditions, asked.routed));
  const actions = (rule?.actions ?? []).toSorted((a, b) => (a.Order ?? 0) - (b.Order ?? 0));
  const [action] = actions;
  const handle = ACTIONS[action?.Type ?? ''];
  if (!action || !handle) return answer(501, `local AWS does not carry out the action ${action?.Type ?? '(none)'}`);
  return handle(action, asked);
}

const answer = (status: number, reason: string): Decision => ({ kind: 'answer', answer: { status, reason } });

const ACTIONS: Record<string, (action: Action, asked: Asked) => Decision> = {
  forward: (action, { chance }) => {
    const targetGroupArn = pickTargetGroup(action, chance);
    return targetGroupArn ? { kind: 'forward', targetGroupArn } : answer(503, 'no target group has a weight above 0');
  },
  redirect: (action, { routed, client }) => {
    const config = action.RedirectConfig;
    const source = { ...routed, protocol: client.protocol, port: client.listenerPort };
    const Location = redirectLocation(config ?? { StatusCode: undefined }, source);
    const status = config?.StatusCode === 'HTTP_302' ? 302 : 301;
    return { kind: 'answer', answer: { status, reason: 'a rule redirects this request', headers: { Location } } };
  },
  'fixed-response': ({ FixedResponseConfig: config }) => ({
    kind: 'fixed',
    status: Number(config?.StatusCode ?? 200),
    contentType: config?.ContentType ?? 'text/plain',
    body: config?.MessageBody ?? '',
  }),
};

/** The status, headers and body of a decision that needs no target. */
export function sendFixed(response: ServerResponse, fixed: Extract<Decision, { kind: 'fixed' }>): void {
  response.writeHead(fixed.status, phraseOf(fixed.status), {
    Server: SERVER,
    'Content-Type': `${fixed.contentType}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(fixed.body),
  });
  response.end(fixed.body);
}
