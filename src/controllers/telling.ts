import { DefinitionMissing } from './ledger.ts';
import type { Ingress } from '../cluster/objects.ts';
import { Denied, Gone, Invalid, Retry } from '../errors.ts';
import { ingressFinalizer } from '../model/group.ts';
import type { MemberVerdict, StackBuild } from '../model/build.ts';
import type { Problem } from '../model/stack.ts';
import type { Step } from '../plan/step.ts';
import type { FallbackVerdict } from './fallback.ts';
import type { Unheld } from './finalizers.ts';
import type { StackResult } from './stack-aws.ts';
import { reasonOf } from './stack-status.ts';
import type { StackView } from './stack-view.ts';

/** Writes one Event about an object; repeats are the recorder's affair. Never fails. */
export type WriteEvent = (
  about: { kind: string; namespace: string; name: string; uid: string },
  event: { type?: 'Normal' | 'Warning'; reason: string; message: string },
) => void;

/** Tells on each member what became of it: tenants can read their Ingress, not the ledger. */
export function tellMembers(write: WriteEvent, view: StackView, build: StackBuild): void {
  const verdicts = new Map(build.members.map((verdict) => [`${verdict.namespace}/${verdict.name}`, verdict]));
  for (const { ingress } of view.members) {
    const verdict = verdicts.get(`${ingress.namespace}/${ingress.name}`);
    if (verdict !== undefined) tellMember(write, ingress, verdict);
    for (const problem of build.problems) warn(write, ingress, problem);
  }
}

function tellMember(write: WriteEvent, ingress: Ingress, verdict: MemberVerdict): void {
  for (const problem of verdict.problems) warn(write, ingress, problem);
  if (!verdict.servedFromLastGood) return;
  const message = 'what was accepted last stays served until the refused fields are corrected';
  write(about(ingress), { type: 'Warning', reason: 'ServedFromLastGood', message });
}

/** Tells why an Ingress that is ours is in no stack. */
export function tellProblem(write: WriteEvent, ingress: Ingress, problem: Problem): void {
  warn(write, ingress, problem);
}

/** Tells why an Ingress is not served: what is made for it in AWS could outlive it. */
export function tellUnheld(
  { writeEvent, controllerId }: { writeEvent: WriteEvent; controllerId: string },
  unheld: Unheld[],
): void {
  const finalizer = ingressFinalizer(controllerId);
  for (const { ingress, error } of unheld) {
    if (error instanceof Gone || error instanceof Retry) continue;
    const message = `wanted the finalizer ${finalizer} on it before anything is made for it; ${error.message}`;
    warn(writeEvent, ingress, { severity: 'refused', reason: 'NotHeld', field: 'metadata.finalizers', message });
  }
}

/** Tells each member of a stack which of its backends cannot be reached as wanted, and why. */
export function tellFallback(write: WriteEvent, view: StackView, verdict: FallbackVerdict): void {
  for (const { backend, decision, ingresses } of verdict.told) {
    const { reason, message } = decision;
    for (const { ingress } of view.members.filter((member) => ingresses.has(member.ingress.uid)))
      write(about(ingress), { type: 'Warning', reason, message: `backend ${backend}: ${message}` });
  }
}

/** Tells what was done in AWS, and what AWS said no to: the members, or the last ones, which wait for it to be gone. */
export function tellResult(write: WriteEvent, { members, leaving }: StackView, result: StackResult): void {
  const { steps, failed, held } = result;
  for (const ingress of members.length > 0 ? members.map((member) => member.ingress) : leaving) {
    for (const { step, error } of failed) {
      write(about(ingress), { type: 'Warning', reason: reasonOf(error), message: `${step.id}: ${error.message}` });
    }
    for (const step of held) {
      write(about(ingress), { type: 'Warning', reason: 'Held', message: `${step.id}: ${step.hold ?? ''}` });
    }
    const whole = steps.length > 0 && failed.length === 0 && held.length === 0;
    if (whole) write(about(ingress), { type: 'Normal', reason: 'Applied', message: summaryOf(steps) });
  }
}

/** Tells what stopped a whole pass, where nothing but a person can change it: a right that is missing, a question that is wrong. */
export function tellStop(write: WriteEvent, { members }: StackView, error: unknown): never {
  if (error instanceof Denied || error instanceof Invalid || error instanceof DefinitionMissing) {
    const text = { type: 'Warning', reason: reasonOf(error), message: error.message } as const;
    for (const { ingress } of members) write(about(ingress), text);
  }
  throw error;
}

const summaryOf = (steps: Step[]): string =>
  steps.length <= 3 ? steps.map(({ id }) => id).join(', ') : `${steps.length} steps in AWS, from "${steps[0]?.id}" on`;

function warn(write: WriteEvent, ingress: Ingress, { reason, field, message }: Problem): void {
  write(about(ingress), { type: 'Warning', reason, message: `${field}: ${message}` });
}

const about = ({ namespace, name, uid }: Ingress) => ({ kind: 'Ingress' as const, namespace, name, uid });
