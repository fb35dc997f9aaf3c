import { toError } from '../../errors.ts';
import type { Known } from '../../model/doctor/facts.ts';

/** What was asked for, or why it could not be. */
export async function known<Value>(asking: Promise<Value>): Promise<Known<Value>> {
  try {
    return { value: await asking };
  } catch (error) {
    return { unknown: toError(error).message };
  }
}
