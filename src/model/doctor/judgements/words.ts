import type { DoctorFacts } from '../facts.ts';

const CHART = 'charts/podwire';

/** Words that every next command may have. */
export const wordsOf = ({ release, settings }: DoctorFacts): Record<string, string> => ({
  release: release.name,
  namespace: release.namespace,
  chart: CHART,
  cluster: 'value' in settings ? settings.value.clusterName : 'CLUSTER',
  region: 'value' in settings ? settings.value.region : 'REGION',
});
