import type { Reason } from '../../../src/model/doctor/reasons.ts';
import type { DoctorWorld } from './doctor-world.ts';

/** One thing that is made wrong, and what doctor is to say of it. */
type DoctorFault = {
  reason: Reason;
  /** What it is said of, and in which words. */
  object: string | RegExp;
  message: RegExp;
  inject?: (world: DoctorWorld) => unknown;
};

/** Faults of one world that leave each other alone. */
export type FaultSet = { name: string; faults: DoctorFault[]; flags?: (world: DoctorWorld) => string[]; env?: Texts };

type Texts = Record<string, string | undefined>;
