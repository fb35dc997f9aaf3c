import { guardPolicy } from './guard.ts';
import { type Installation, type Manifest, namesOf } from './installation.ts';
import { injectionPolicy } from './policy.ts';
import { strictPolicy } from './strict.ts';
import { webhookConfiguration, webhookService } from './webhook.ts';

/** Where the operator runs when nobody says otherwise. */
export const USUAL_INSTALLATION: Installation = { namespace: 'podwire-system', serviceAccount: 'podwire' };

/** Every pod of a labelled namespace that no line of its own selects gets what an ALB needs. */
const defaultLines = ({ namespace, controllerId }: Installation): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: namesOf(controllerId).defaults, namespace },
  data: { all: 'v1;45;true;preserve;' },
});

/** The manifests by file name, each in the order in which it is to be applied: what a policy reads comes before it. */
export const injectionManifests = (installation: Installation): Record<string, Manifest[]> => ({
  'podwire-defaults.yaml': [defaultLines(installation)],
  'policy.yaml': injectionPolicy(installation),
  'webhook.yaml': [webhookService(installation), webhookConfiguration(installation)],
  'strict.yaml': strictPolicy(installation),
  'guard.yaml': guardPolicy(installation),
});
