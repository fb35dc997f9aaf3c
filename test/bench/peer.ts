/** What a figure of the bench is held against: numbers are to be at most the goal, facts to be it. */
export type Comparison = {
  about: string;
  unit: 'calls' | 'ms' | 'MB' | 'fact';
  goal?: number | boolean;
  peer?: number | boolean;
};

/**
 * aws-load-balancer-controller at commit 225f445 (v3.5.0 + 8) with its default flags, measured with 50 ms added to every
 * AWS call, pods and EndpointSlices written by the load generator, Kubernetes 1.36.3, two shared cores.
 */
export const COMPARISONS: Record<string, Comparison> = {
  createCalls_1_1_1: { about: 'calls to create 1 service, 1 listener, 1 rule', unit: 'calls', goal: 10, peer: 24 },
  createCalls_3_1_5: { about: 'calls to create 3 services, 1 listener, 5 rules', unit: 'calls', goal: 20, peer: 38 },
  createToFirstRegisterMs: { about: 'Ingress created to first RegisterTargets', unit: 'ms', goal: 450, peer: 1_230 },
  secondPassCalls: { about: 'calls for an edit that changes nothing', unit: 'calls', goal: 0, peer: 11 },
  podAddedMsP50: { about: 'pod added to RegisterTargets, p50', unit: 'ms', goal: 5, peer: 113 },
  podAddedMsP99: { about: 'pod added to RegisterTargets, p99', unit: 'ms', goal: 25, peer: 120 },
  podRemovedMsP50: { about: 'pod removed to DeregisterTargets, p50', unit: 'ms', goal: 5, peer: 62 },
  podRemovedMsP99: { about: 'pod removed to DeregisterTargets, p99', unit: 'ms', goal: 25, peer: 72 },
  callsPerPodChange: {
    about: 'calls that change targets, for each pod that comes or goes',
    unit: 'calls',
    goal: 1,
    peer: 2.5,
  },
  healthReadsPerPodChange: { about: 'looks at health for each of them, counted apart', unit: 'calls' },
  podVanishedMsP50: { about: 'endpoint gone without terminating first, p50', unit: 'ms' },
  podVanishedMsP99: { about: 'endpoint gone without terminating first, p99', unit: 'ms' },
  registerBeforeDeregister: {
    about: 'registers first where one update replaces a pod',
    unit: 'fact',
    goal: true,
    peer: false,
  },
  groupNeverWithoutHealthy: { about: 'and one of them always is healthy', unit: 'fact' },
  groupNeverEmpty: { about: 'a group keeps targets while all are replaced', unit: 'fact', goal: true, peer: false },
  restartCalls_20: { about: 'calls of a restart, 20 load balancers', unit: 'calls', goal: 0, peer: 268 },
  restartCalls_100: { about: 'calls of a restart, 100 load balancers', unit: 'calls', goal: 0, peer: 1_311 },
  newIngressDuringRestartMs: { about: 'new Ingress 4 s after a start, 100', unit: 'ms', goal: 1_000, peer: 26_500 },
  newIngressAtStartMs: { about: 'new Ingress as soon as the lists are read, 100', unit: 'ms', goal: 1_000 },
  startMs: { about: 'start of the process to controllers running, 100', unit: 'ms' },
  rssIdleMb: { about: 'resident memory, one class and nothing else', unit: 'MB', goal: 80, peer: 55 },
  rss1000PodsMb: { about: 'resident memory, 100 Ingresses and 1,000 pods', unit: 'MB', goal: 85, peer: 79 },
  rssAfterCreatesMb: { about: 'resident memory after creating those 100', unit: 'MB' },
  createToFirstRegisterMs_noLatency: { about: 'Ingress created to first RegisterTargets, no added time', unit: 'ms' },
  podAddedMsP50_noLatency: { about: 'pod added, p50, no added time', unit: 'ms', goal: 5, peer: 10 },
  podAddedMsP99_noLatency: { about: 'pod added, p99, no added time', unit: 'ms', goal: 25, peer: 24 },
  podRemovedMsP50_noLatency: { about: 'pod removed, p50, no added time', unit: 'ms', goal: 5, peer: 19 },
  podRemovedMsP99_noLatency: { about: 'pod removed, p99, no added time', unit: 'ms', goal: 25, peer: 55 },
};
