import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../../../runtime/clock.ts';
import { ApiError } from '../status.ts';
import type { Interference } from './server.ts';

/** What goes wrong with a request. `garbage` answers 200 with something that is not JSON, `reset` cuts the connection, `hang` never answers. */
type Fault =
  | 'garbage'
  | 'reset'
  | 'hang'
  | { status: number; reason: string; message: string; retryAfterSeconds?: number }
  | { delayMs: number };

/** The requests a fault meets: all where nothing is said; `times` of them, then no more. */
type FaultRule = { fault: Fault; method?: string; path?: RegExp; times?: number };

export type Faults = {
  /** Adds a rule and returns how to take it away again. */
  add(rule: FaultRule): () => void;
  clear(): void;
};

export function createFaults(clock: Clock): Faults & { interfere: Interference } {
  const rules = new Set<FaultRule & { left: number }>();
  return {
    add(rule) {
      const one = { ...rule, left: rule.times ?? Number.POSITIVE_INFINITY };
      rules.add(one);
      return () => void rules.delete(one);
    },
    clear: () => rules.clear(),
    async interfere(request, response) {
      const rule = [...rules].find((one) => meets(one, request));
      if (!rule) return false;
      rule.left -= 1;
      if (rule.left <= 0) rules.delete(rule);
      return commit(rule.fault, { response, clock });
    },
  };
}

function meets(rule: FaultRule, request: IncomingMessage): boolean {
  return (rule.method ?? request.method) === request.method && (rule.path?.test(request.url ?? '') ?? true);
}

async function commit(fault: Fault, on: { response: ServerResponse; clock: Clock }): Promise<boolean> {
  if (fault === 'hang') return true;
  if (fault === 'reset') {
    on.response.destroy();
    return true;
  }
  if (fault === 'garbage') {
    on.response.writeHead(200, { 'content-type': 'application/json' });
    on.response.end('<html>this is not the API server you are looking for</html>\n');
    return true;
  }
  if ('delayMs' in fault) {
    await on.clock.sleep(fault.delayMs);
    return false;
  }
  const { retryAfterSeconds } = fault;
  throw new ApiError(fault.status, fault.reason, {
    message: fault.message,
    ...(retryAfterSeconds && { details: { retryAfterSeconds } }),
  });
}
