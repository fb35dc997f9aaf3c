/** A target group as AWS describes it, whoever made it. */
export type TargetGroupFact = {
  arn: string;
  name: string;
  vpcId: string;
  targetType: string; // ip, instance, alb, lambda
  protocol: string;
  ipAddressType: 'ipv4' | 'ipv6';
  healthCheck: {
    /** Absent where it is the traffic port. */
    port?: number;
    intervalSeconds: number;
    timeoutSeconds: number;
    unhealthyThreshold: number;
  };
};
