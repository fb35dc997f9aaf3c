import type { DrainBudget } from '../../../src/cluster/objects.ts';
import type { DrainSettings } from '../../../src/model/drain/budget.ts';

/** The settings as they are where nobody says anything. */
export const DRAIN_SETTINGS: DrainSettings = {
  mode: 'Managed',
  detect: 2,
  hold: 0,
  controllerGap: 20,
  propagation: { application: 20, network: 120 },
  margin: { application: 3, network: 8 },
  gate: true,
  gateTimeout: 600,
  livenessGrace: 'Preserve',
  maxRequest: 30,
};

/** What they make of a group of pods behind an Application Load Balancer. */
export const DRAIN_BUDGET: DrainBudget = {
  mode: 'Managed',
  detect: 2,
  hold: 0,
  controllerGap: 20,
  propagation: 20,
  margin: 3,
  gate: true,
  gateTimeout: 600,
  livenessGrace: 'Preserve',
};
