import { GATE, INJECT } from '../../src/api/pod.ts';
import { NAMES } from '../../src/admission/installation.ts';
import { USUAL_INSTALLATION } from '../../src/admission/manifests.ts';
import { injectionPolicy } from '../../src/admission/policy.ts';
import { until } from '../../src/local/until.ts';
import { createdPod } from '../created-pod.ts';
import type { Kubectl } from '../kubectl.ts';

/** A budget of 12 s: more than local AWS's nodes need to learn of a change, and short enough to wait for. */
const BUDGET = [
  ...['--drain-detect-seconds', '2', '--drain-controller-gap-seconds', '4'],
  ...['--drain-propagation-alb-seconds', '5', '--drain-margin-alb-seconds', '1'],
];
const FIRST_LINE = 'v1;12;true;preserve;';
/** Labelled, and empty: for the question whether the policy is in force. */
const ASKED = 'policy-in-force';

/** Installs the admission policy, waits until it is in force, and answers with the operator's flags that go with it. */
export async function installProtection(kubectl: Kubectl): Promise<string[]> {
  const { namespace } = USUAL_INSTALLATION;
  await kubectl.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ASKED, labels: { [INJECT]: 'enabled' } } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: NAMES.defaults }, data: { all: FIRST_LINE } },
  );
  await kubectl.apply(...injectionPolicy(USUAL_INSTALLATION));
  await until('the policy is in force', async () => (await createdPod(kubectl, ASKED)).includes(GATE));
  return ['--inject', 'policy', ...BUDGET];
}
