import type { DoctorFacts } from './facts.ts';
import { type Finding, inOrder } from './finding.ts';
import { judgeApiServer, judgeKubernetes, judgeRights, judgeSettings } from './judgements/api-server.ts';
import { judgeAws } from './judgements/aws.ts';
import { judgeClock } from './judgements/clock.ts';
import { judgeCrds } from './judgements/crds.ts';

const JUDGEMENTS = [judgeSettings, judgeApiServer, judgeKubernetes, judgeRights, judgeCrds, judgeClock, judgeAws];

/** Everything that was looked at, the worst first. */
export const judge = (facts: DoctorFacts): Finding[] => inOrder(JUDGEMENTS.flatMap((one) => one(facts)));
