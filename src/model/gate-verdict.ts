import type { ClosedReason, GateReason, OpenReason } from './gate-reasons.ts';

export type GateVerdict = {
  status: 'True' | 'False';
  reason: GateReason;
  message: string;
  /** When the verdict may change without any news. */
  againSeconds?: number;
  /** What users should know of an open gate. */
  warning?: { reason: string; message: string };
};

export const open = (reason: OpenReason, message: string): GateVerdict => ({ status: 'True', reason, message });
export const closed = (reason: ClosedReason, message: string): GateVerdict => ({ status: 'False', reason, message });
