import { boolean, choice, integer, list, object, pattern, portRef, type Shape, type Shaped, string } from './shape.ts';

const weight = integer(0, 999);
const targetGroup = object(
  {},
  { serviceName: string, servicePort: portRef, targetGroupARN: string, targetGroupName: string, weight },
);
const stickiness = object({}, { enabled: boolean, durationSeconds: integer(1, 604800) });

const redirect = object(
  { statusCode: choice('HTTP_301', 'HTTP_302') },
  {
    host: pattern('1 to 128 characters', /^.{1,128}$/),
    path: pattern('at most 128 characters beginning with /', /^\/.{0,127}$/),
    port: pattern('"1" to "65535" or "#{port}"', /^(\d{1,5}|#\{port\})$/),
    protocol: pattern('HTTP, HTTPS or #{protocol}', /^(HTTPS?|#\{protocol\})$/),
    query: pattern('at most 128 characters', /^.{0,128}$/),
  },
);

const fixedResponse = object(
  { statusCode: pattern('"2xx", "4xx" or "5xx"', /^[245]\d\d$/) },
  {
    contentType: choice('text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'),
    messageBody: pattern('at most 1024 characters', /^[^]{0,1024}$/),
  },
);

/** The JSON of `actions.<name>`, as the peer has it. */
const written = object(
  { type: choice('forward', 'redirect', 'fixed-response') },
  {
    targetGroupARN: string,
    targetGroupName: string,
    forwardConfig: object({ targetGroups: list(targetGroup) }, { targetGroupStickinessConfig: stickiness }),
    redirectConfig: redirect,
    fixedResponseConfig: fixedResponse,
  },
);

export type WrittenTarget = Shaped<typeof targetGroup>;
export type WrittenAction =
  | { type: 'forward'; targets: WrittenTarget[]; stickinessSeconds?: number }
  | ({ type: 'redirect' } & Shaped<typeof redirect>)
  | ({ type: 'fixed-response' } & Shaped<typeof fixedResponse>);

export const action: Shape<WrittenAction> = (value, path) => {
  const given = written(value, path);
  if (given.type === 'redirect')
    return { type: 'redirect', ...redirect(given.redirectConfig, `${path}.redirectConfig`) };
  if (given.type === 'fixed-response')
    return { type: 'fixed-response', ...fixedResponse(given.fixedResponseConfig, `${path}.fixedResponseConfig`) };
  return forward(given, path);
};

function forward(given: Shaped<typeof written>, path: string): WrittenAction {
  const { forwardConfig, targetGroupARN, targetGroupName } = given;
  const short = { ...(targetGroupARN && { targetGroupARN }), ...(targetGroupName && { targetGroupName }) };
  const targets = forwardConfig?.targetGroups ?? [short];
  const sticky = forwardConfig?.targetGroupStickinessConfig;
  return {
    type: 'forward',
    targets: checkTargets(targets, `${path}.forwardConfig.targetGroups`),
    // AWS wants a duration wherever stickiness is on; without one it is an hour, as in the console.
    ...(sticky?.enabled === true && { stickinessSeconds: sticky.durationSeconds ?? 3600 }),
  };
}

const groupCount = integer(1, 5);

function checkTargets(targets: WrittenTarget[], path: string): WrittenTarget[] {
  groupCount(targets.length, `${path}.length`);
  for (const [at, target] of targets.entries()) {
    const where = `${path}[${at}]`;
    if (targets.length > 1) weight(target.weight, `${where}.weight`);
    one(target, where);
  }
  return targets;
}

function one({ targetGroupARN, targetGroupName, serviceName, servicePort }: WrittenTarget, path: string): void {
  if (targetGroupARN !== undefined || targetGroupName !== undefined) return;
  string(serviceName, `${path}.serviceName`);
  if (servicePort === undefined) portRef(servicePort, `${path}.servicePort`);
}
