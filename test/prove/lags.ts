/** Seconds of real AWS until a node of an application load balancer acts on a change, as measured there; the budgets allow for more. */
export const ALB_LAG = { min: 2, max: 16 } as const;

/** The same of a network load balancer. */
export const NLB_LAG = { min: 60, max: 110 } as const;
