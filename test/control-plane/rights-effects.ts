/** Where it is told that a right is missing. */
type Told =
  /** In the log of the operator. */
  | 'log'
  /** By /readyz, which stays 503. */
  | 'readyz'
  /** By an Event about the Ingress. */
  | 'event'
  /** By a condition of a TargetGroup. */
  | 'condition'
  /** On standard error of an operator that ends. */
  | 'end';

/** What the loss of one right does. */
export type Effect = {
  /** What does not work without it; all else does. */
  stops: string;
  told: readonly Told[];
};

/** Told when an operator starts without the right. By verb and resource, in the order of the rules. */
export const AT_START: Record<string, Effect & { flags?: readonly string[] }> = {
  'list ingresses': { stops: 'the start', told: ['readyz', 'log'] },
  'watch ingresses': { stops: 'changes', told: ['log'] },
  'list ingressclasses': { stops: 'the start', told: ['readyz', 'log'] },
  'watch ingressclasses': { stops: 'changes', told: ['log'] },
  'list ingressclassparams': { stops: 'the start', told: ['readyz', 'log'] },
  'watch ingressclassparams': { stops: 'changes', told: ['log'] },
  'list services': { stops: 'the start', told: ['readyz', 'log'] },
  'watch services': { stops: 'changes', told: ['log'] },
  'list endpointslices': { stops: 'the start', told: ['readyz', 'log'] },
  'watch endpointslices': { stops: 'changes', told: ['log'] },
  'list pods': { stops: 'gates and departures of pods', told: ['log'] },
  'watch pods': { stops: 'changes', told: ['log'] },
  'list nodes': { stops: 'the start', told: ['readyz', 'log'] },
  'watch nodes': { stops: 'changes', told: ['log'] },
  'list namespaces': { stops: 'the start', told: ['readyz', 'log'] },
  'watch namespaces': { stops: 'changes', told: ['log'] },
  'get namespaces kube-system': { stops: 'the start', told: ['end'] },
  'list targetgroups': { stops: 'the start', told: ['readyz', 'log'] },
  'watch targetgroups': { stops: 'changes', told: ['log'] },
  'list loadbalancers': { stops: 'the start', told: ['readyz', 'log'] },
  'watch loadbalancers': { stops: 'changes', told: ['log'] },
  'list targetgroupbindings': { stops: 'the start', told: ['readyz', 'log'] },
  'watch targetgroupbindings': { stops: 'changes', told: ['log'] },
  'get mutatingadmissionpolicies pod-drain.podwire.dev': {
    stops: 'knowing whether the policy is installed',
    told: ['log'],
    flags: ['--inject', 'policy'],
  },
  'get mutatingadmissionpolicybindings pod-drain.podwire.dev': {
    stops: 'knowing whether the policy is bound',
    told: ['log'],
    flags: ['--inject', 'policy'],
  },
  'get mutatingwebhookconfigurations pod-drain.podwire.dev': {
    stops: 'the webhook',
    told: ['log'],
    flags: ['--inject', 'webhook'],
  },
  'patch mutatingwebhookconfigurations pod-drain.podwire.dev': {
    stops: 'the webhook: nobody trusts its certificate',
    told: ['log'],
    flags: ['--inject', 'webhook'],
  },
  'create leases': { stops: 'leading, until there is a lease', told: ['log'], flags: ['--leader-elect', 'true'] },
  'get leases podwire': { stops: 'leading', told: ['log'], flags: ['--leader-elect', 'true'] },
  'list leases podwire': { stops: 'the hand-over at once', told: ['log'], flags: ['--leader-elect', 'true'] },
  'watch leases podwire': { stops: 'the hand-over at once', told: ['log'], flags: ['--leader-elect', 'true'] },
  'patch leases podwire': { stops: 'leading', told: ['log'], flags: ['--leader-elect', 'true'] },
  'create secrets': { stops: 'the webhook, until there is a Secret', told: ['log'], flags: ['--inject', 'webhook'] },
  'get secrets podwire-webhook': { stops: 'the webhook', told: ['log'], flags: ['--inject', 'webhook'] },
  'patch secrets podwire-webhook': {
    stops: 'the renewal of the certificate',
    told: ['log'],
    flags: ['--inject', 'webhook'],
  },
  'get configmaps podwire-defaults': {
    stops: 'protection of the first pods of a namespace',
    told: ['log'],
    flags: ['--inject', 'webhook'],
  },
};

/** Told when an operator that runs has something to do for which the right is missing, and the name of that. */
export const AT_WORK: Record<string, Effect & { scene: string }> = {
  'get ingresses': { stops: 'new Ingresses', told: ['event', 'log'], scene: 'a new Ingress' },
  'patch ingresses': {
    stops: 'new Ingresses, and the end of deleted ones',
    told: ['event', 'log'],
    scene: 'a new Ingress',
  },
  'patch ingresses/status': {
    stops: 'the address of an Ingress',
    told: ['log'],
    scene: 'an Ingress that answers itself',
  },
  'patch pods/status': { stops: 'gates: new pods are never ready', told: ['log'], scene: 'a pod with a gate' },
  'get configmaps podwire-drain': { stops: 'drain lines', told: ['condition', 'log'], scene: 'a new Ingress' },
  'create configmaps podwire-drain': {
    stops: 'the first drain line',
    told: ['condition', 'log'],
    scene: 'a new Ingress',
  },
  'patch configmaps podwire-drain': { stops: 'drain lines', told: ['condition', 'log'], scene: 'a new Ingress' },
  'delete configmaps podwire-drain': { stops: 'the end of drain lines', told: ['log'], scene: 'an Ingress that goes' },
  'create events': { stops: 'Events', told: ['log'], scene: 'a new Ingress' },
  'get targetgroups': { stops: 'targets of new backends', told: ['log'], scene: 'a new Ingress' },
  'create targetgroups': { stops: 'targets of new backends', told: ['log'], scene: 'a new Ingress' },
  'patch targetgroups': { stops: 'changes of a target group', told: ['log'], scene: 'an Ingress that changes' },
  'delete targetgroups': { stops: 'the end of a deleted Ingress', told: ['log'], scene: 'an Ingress that goes' },
  'patch targetgroups/status': {
    stops: 'what a TargetGroup says of its targets',
    told: ['log'],
    scene: 'a new Ingress',
  },
  'get loadbalancers': { stops: 'new load balancers', told: ['event', 'log'], scene: 'a new Ingress' },
  'create loadbalancers': { stops: 'new load balancers', told: ['event', 'log'], scene: 'a new Ingress' },
  'delete loadbalancers': { stops: 'the end of a deleted Ingress', told: ['log'], scene: 'an Ingress that goes' },
  'patch loadbalancers/status': {
    stops: 'the record of what was made',
    told: ['event', 'log'],
    scene: 'a new Ingress',
  },
  'get targetgroupbindings': { stops: 'claimed TargetGroupBindings', told: ['log'], scene: 'a TargetGroupBinding' },
  'patch targetgroupbindings': { stops: 'claimed TargetGroupBindings', told: ['log'], scene: 'a TargetGroupBinding' },
  'patch targetgroupbindings/status': {
    stops: 'what a claimed TargetGroupBinding says',
    told: ['log'],
    scene: 'a TargetGroupBinding',
  },
};

/** The operator writes the count of a repeated Event after five minutes only: looked at by itself. */
export const ALONE: Record<string, Pick<Effect, 'stops'>> = {
  'patch events': { stops: 'the count of repeated Events' },
};

/** What ends the hook of the chart, which says so. */
export const AT_RELEASE: Record<string, Pick<Effect, 'stops'>> = {
  'list loadbalancers': { stops: 'all of it' },
  'list targetgroups': { stops: 'all of it' },
  'delete mutatingadmissionpolicybindings pod-drain.podwire.dev pod-drain-first.podwire.dev': { stops: 'all of it' },
  'delete mutatingadmissionpolicies pod-drain.podwire.dev': { stops: 'all but the bindings' },
  'delete mutatingwebhookconfigurations pod-drain.podwire.dev': { stops: 'the end of injection' },
  'delete validatingadmissionpolicybindings pod-drain-required.podwire.dev': { stops: 'the end of refusals' },
  'delete validatingadmissionpolicies pod-drain-required.podwire.dev': { stops: 'the end of refusals' },
  'list pods': { stops: 'the opening of gates' },
  'patch pods/status': { stops: 'the opening of gates' },
};
