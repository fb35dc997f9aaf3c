import type { ElbApi } from '../../src/aws/api.ts';
import type { Clock } from '../../src/runtime/clock.ts';

/** One call of an operator to ELBv2 about targets, as AWS saw it. Times in monotonic milliseconds. */
export type TargetCall = {
  action: 'registerTargets' | 'deregisterTargets' | 'describeTargetHealth';
  arn: string;
  /** `<id>:<port>` of the targets asked for; of a describe, of those found healthy. */
  targets: string[];
  began: number;
  /** When it was answered without an error. */
  answered?: number;
};

export type TargetInput = { TargetGroupArn?: string; Targets?: { Id?: string; Port?: number }[] };
type Health = {
  TargetHealthDescriptions?: { Target?: { Id?: string; Port?: number }; TargetHealth?: { State?: string } }[];
};

const NOTED: readonly string[] = ['registerTargets', 'deregisterTargets', 'describeTargetHealth'];

const keyOf = ({ Id, Port }: { Id?: string; Port?: number } = {}): string => `${Id}:${Port}`;

/** The log of the calls about targets. */
export class TargetCalls {
  readonly all: TargetCall[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes what goes through; `tamper` may change it, or keep it from having an effect. */
  watch(elb: ElbApi, tamper: (action: string, input: TargetInput) => TargetInput | undefined): ElbApi {
    return new Proxy(elb, {
      get: (target, method) => {
        const call = Reflect.get(target, method) as ((input: TargetInput) => Promise<Health>) | undefined;
        if (call === undefined || !NOTED.includes(String(method))) return call;
        return (input: TargetInput) =>
          this.#note(String(method) as TargetCall['action'], input, async () => {
            const sent = tamper(String(method), input);
            return sent === undefined ? {} : call(sent);
          });
      },
    });
  }

  /** Whether a pod's target was registered for it, and a look that was asked for afterwards found it healthy. */
  confirms({ arn, address, since }: { arn: string; address: string; since: number }): boolean {
    const own = this.all.filter(
      (call) => call.arn === arn && call.targets.some((key) => key.startsWith(`${address}:`)),
    );
    const registered = own.find(
      ({ action, began, answered }) => action === 'registerTargets' && began >= since && answered !== undefined,
    );
    const acknowledged = registered?.answered ?? Number.POSITIVE_INFINITY;
    return own.some(
      ({ action, began, answered }) =>
        action === 'describeTargetHealth' && began >= acknowledged && answered !== undefined,
    );
  }

  async #note(action: TargetCall['action'], input: TargetInput, run: () => Promise<Health>): Promise<Health> {
    const targets = (input.Targets ?? []).map(keyOf);
    const call: TargetCall = { action, arn: input.TargetGroupArn ?? '', targets, began: this.#clock.monotonic() };
    this.all.push(call);
    const answer = await run();
    call.answered = this.#clock.monotonic();
    if (action === 'describeTargetHealth') call.targets = healthyIn(answer);
    return answer;
  }
}

const healthyIn = ({ TargetHealthDescriptions = [] }: Health): string[] =>
  TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy').map(({ Target }) =>
    keyOf(Target),
  );
