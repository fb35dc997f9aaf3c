import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Clock, realClock } from '../../../../src/runtime/clock.ts';
import { LocalAws } from '../../../../src/local/aws/aws.ts';
import { attachDataPlane, type DataPlaneOptions } from '../../../../src/local/aws/dataplane/data-plane.ts';
import { ELB_OPERATIONS } from '../../../../src/local/aws/elb/operations.ts';
import type { LocalAwsSettings } from '../../../../src/local/aws/settings.ts';

export type Answer = { status: number; headers: http.IncomingHttpHeaders; body: string };
export type Ask = {
  path?: string;
  host?: string;
  method?: string;
  headers?: http.OutgoingHttpHeaders;
  body?: string;
  agent?: http.Agent;
  /** Index of the load balancer node, by zone. */
  node?: number;
};

export type Target = { Id: string; Port: number };

/** Lags that tests need not wait for. */
const PROMPT: Partial<LocalAwsSettings> = { propagationLagMs: { min: 0, max: 0 }, registrationMs: 0 };

/** Real time, `factor` times as fast: five seconds between two health checks are short then. */
export const fastClock = (factor: number): Clock => ({
  ...realClock,
  monotonic: () => realClock.monotonic() * factor,
  sleep: (ms, signal) => realClock.sleep(ms / factor, signal),
  after: (ms, run) => realClock.after(ms / factor, run),
});

type WorldOptions = { settings?: Partial<LocalAwsSettings>; plane?: DataPlaneOptions; clock?: Clock };

/** Local AWS with its data plane, on addresses that belong to one test file (`block`), and servers to be targets. */
export function startWorld(block: number, options: WorldOptions = {}) {
  const aws = new LocalAws({ clock: options.clock ?? realClock, settings: { ...PROMPT, ...options.settings } });
  const plane = attachDataPlane(aws, { nodeAddress: (index) => `127.241.${block}.${index + 1}`, ...options.plane });
  const servers: http.Server[] = [];
  let count = 0;

  const call = <Output = object>(action: string, input: object): Output =>
    ELB_OPERATIONS.get(action)!.run(aws, { ...input }) as Output;

  /** A real server at an address of the VPC's private subnets. */
  async function serve(handler: http.RequestListener, address?: string): Promise<Target> {
    const Id = address ?? `10.0.1.${block * 20 + count++}`;
    const server = http.createServer({ keepAliveTimeout: 60_000 }, handler);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, Id.replace(/^10/, '127'), resolve));
    return { Id, Port: (server.address() as AddressInfo).port };
  }

  function openSecurityGroup(): string {
    const group = [...aws.state.securityGroups.values()].find(({ name }) => name === 'default')!;
    if (!group.rules.some(({ egress }) => !egress))
      group.rules.push({ id: 'sgr-open', egress: false, protocol: '-1', cidr: '0.0.0.0/0', tags: {} });
    return group.id;
  }

  function createLoadBalancer(name = 'shop'): string {
    const subnets = [...aws.state.subnets.values()].filter((subnet) => subnet.mapPublicIpOnLaunch).slice(0, 2);
    const input = { Name: name, Subnets: subnets.map(({ id }) => id), SecurityGroups: [openSecurityGroup()] };
    return call<{ LoadBalancers: { LoadBalancerArn: string }[] }>('CreateLoadBalancer', input).LoadBalancers[0]!
      .LoadBalancerArn;
  }

  /** Two zones, no security groups. */
  function createNetworkLoadBalancer(name = 'flows'): string {
    const subnets = [...aws.state.subnets.values()].filter((subnet) => subnet.mapPublicIpOnLaunch).slice(0, 2);
    const input = { Name: name, Type: 'network', Subnets: subnets.map(({ id }) => id) };
    return call<{ LoadBalancers: { LoadBalancerArn: string }[] }>('CreateLoadBalancer', input).LoadBalancers[0]!
      .LoadBalancerArn;
  }

  function createTargetGroup(Name: string, more: object = {}): string {
    const input = {
      Name,
      Protocol: 'HTTP',
      Port: 80,
      VpcId: aws.settings.vpcId,
      TargetType: 'ip',
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      HealthCheckPath: '/healthz',
      ...more,
    };
    return call<{ TargetGroups: { TargetGroupArn: string }[] }>('CreateTargetGroup', input).TargetGroups[0]!
      .TargetGroupArn;
  }

  function createListener(LoadBalancerArn: string, DefaultActions: object[], more: object = {}): string {
    const input = { LoadBalancerArn, Protocol: 'HTTP', Port: 8080, DefaultActions, ...more };
    return call<{ Listeners: { ListenerArn: string }[] }>('CreateListener', input).Listeners[0]!.ListenerArn;
  }

  function statesOf(TargetGroupArn: string): Record<string, string> {
    type Described = { Target: Target; TargetHealth: { State: string; Reason?: string } };
    const described = call<{ TargetHealthDescriptions: Described[] }>('DescribeTargetHealth', { TargetGroupArn });
    return Object.fromEntries(
      described.TargetHealthDescriptions.map(({ Target, TargetHealth: { State, Reason } }) => [
        Target.Id,
        Reason ? `${State} ${Reason}` : State,
      ]),
    );
  }

  async function listening(port = 8080, node = 0) {
    return until(() => plane.addresses().filter(({ listenerPort }) => listenerPort === port)[node]);
  }

  async function ask(question: Ask = {}, port = 8080): Promise<Answer> {
    const at = await listening(port, question.node);
    const headers = { Host: question.host ?? 'shop.localhost', ...question.headers };
    return send(
      { host: at.host, port: at.port, headers, agent: question.agent ?? false, ...pathOf(question) },
      question.body,
    );
  }

  async function close(): Promise<void> {
    await plane.close();
    for (const server of servers) server.closeAllConnections();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  return {
    aws,
    plane,
    call,
    serve,
    createLoadBalancer,
    createNetworkLoadBalancer,
    createTargetGroup,
    createListener,
    statesOf,
    listening,
    ask,
    close,
  };
}

export type World = ReturnType<typeof startWorld>;

const pathOf = ({ path = '/', method = 'GET' }: Ask) => ({ path, method });

export function send(options: https.RequestOptions & { tls?: boolean }, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (options.tls ? https : http).request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** For `expect.poll`: the test's own time limit ends it. */
export const POLL = { interval: 10, timeout: 15_000 };

/** Waits for something to be there. The test's own time limit ends a wait in vain. */
export async function until<T>(probe: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await probe();
    if (found) return found;
    await realClock.sleep(10);
  }
}

export const forwardTo = (TargetGroupArn: string): object[] => [{ Type: 'forward', TargetGroupArn }];

export const fixed = (StatusCode: string, MessageBody = ''): object[] => [
  { Type: 'fixed-response', FixedResponseConfig: { StatusCode, MessageBody, ContentType: 'text/plain' } },
];
