import type { DoctorFacts } from './facts.ts';
import { type Finding, inOrder } from './finding.ts';
import { judgeApiServer, judgeKubernetes, judgeRights, judgeSettings } from './judgements/api-server.ts';
import { judgeAws } from './judgements/aws.ts';
import { judgeClock } from './judgements/clock.ts';
import { judgeCrds } from './judgements/crds.ts';
import { judgeInjection } from './judgements/injection.ts';
import { judgeGates, judgeObjects } from './judgements/objects.ts';
import { judgeLease, judgeOperator } from './judgements/operator.ts';
import { judgePeer } from './judgements/peer.ts';

const JUDGEMENTS = [
  judgeSettings,
  judgeApiServer,
  judgeKubernetes,
  judgeRights,
  judgeCrds,
  judgeInjection,
  judgeOperator,
  judgeLease,
  judgePeer,
  judgeClock,
  judgeAws,
  judgeObjects,
  judgeGates,
];

/** Everything that was looked at, the worst first. */
export const judge = (facts: DoctorFacts): Finding[] => inOrder(JUDGEMENTS.flatMap((one) => one(facts)));
