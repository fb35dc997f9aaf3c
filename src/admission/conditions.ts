import { DRAIN } from '../api/pod.ts';

const ANNOTATIONS = 'object.metadata.?annotations.orValue({})';

/** Pods that may be touched at all, in CEL; the webhook has them as a prefilter. */
export const MATCH_CONDITIONS = [
  { name: 'always', expression: "object.spec.?restartPolicy.orValue('Always') == 'Always'" },
  { name: 'graceful', expression: 'object.spec.?terminationGracePeriodSeconds.orValue(30) > 0' },
  { name: 'not-mirror', expression: `!('kubernetes.io/config.mirror' in ${ANNOTATIONS})` },
  { name: 'not-off', expression: `${ANNOTATIONS}[?'${DRAIN}'].orValue('') != 'off'` },
];
