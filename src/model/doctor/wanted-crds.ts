import type { WantedCrd } from './facts.ts';
import WANTED from './wanted-crds.json' with { type: 'json' };

/** Every kind that the operator uses beside those of Kubernetes, as it should stand in the cluster. */
export const WANTED_CRDS: readonly WantedCrd[] = Object.entries(WANTED).map(([name, { kind, version, fields }]) => ({
  name,
  kind,
  version,
  fields,
  ours: name.endsWith('.podwire.dev'),
}));
