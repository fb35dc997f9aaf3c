/** Region of local AWS and of its nodes; the SDK wants one, and any will do. */
export const REGION = 'eu-central-1';

/** A zone with its two subnets. */
export type ZoneSetting = { name: string; publicCidr: string; privateCidr: string };

/** The VPC of a slot of addresses, as settings of local AWS: three zones with a public and a private subnet each. */
export function vpcOf(slot = 0): { vpcCidr: string; zones: ZoneSetting[] } {
  const zones = ['a', 'b', 'c'].map((letter, index) => ({
    name: `${REGION}${letter}`,
    publicCidr: `10.${slot}.${101 + index}.0/24`,
    privateCidr: `10.${slot}.${1 + index}.0/24`,
  }));
  return { vpcCidr: `10.${slot}.0.0/16`, zones };
}
