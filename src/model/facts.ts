/** What only AWS knows and the model needs. Read before, handed in as values. */
export type StackFacts = {
  vpcId: string;
  /** Every subnet of the VPC, in no order. */
  subnets: SubnetFact[];
  /** Every security group of the VPC. */
  securityGroups: SecurityGroupFact[];
  /** Subnets of the stack's load balancer where there is one already: they keep their place, however few addresses are free. */
  attachedSubnets?: string[];
};

export type SubnetFact = {
  id: string;
  vpcId: string;
  zone: string; // for example eu-central-1a
  zoneType: 'availability-zone' | 'local-zone' | 'wavelength-zone' | 'outpost';
  cidr: string;
  ipv6Cidrs: string[];
  freeAddresses: number;
  tags: Record<string, string>;
};

export type SecurityGroupFact = { id: string; name: string; tags: Record<string, string> };

/** One EC2 instance behind a node. */
export type InstanceFact = {
  id: string;
  state: string; // running, stopped, …
  zone: string;
  subnetId: string;
  securityGroups: string[]; // of its primary network interface
  privateAddresses: string[];
};
