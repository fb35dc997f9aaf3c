import type { MemberPlan } from './member.ts';
import type { MemberSettings } from './member-settings.ts';

/** What the members of a group ask together; of an exclusive setting there is one value at most by then. */
export type MergedSettings = Omit<MemberSettings, 'listenPorts' | 'certificates' | 'inboundCidrs' | 'ipAddressType'> & {
  ipAddressType: NonNullable<MemberSettings['ipAddressType']>;
  /** Protocol by port. */
  ports: Map<number, 'HTTP' | 'HTTPS'>;
  /** Certificates by HTTPS port, the default one first. */
  certificates: Map<number, string[]>;
  /** Who may reach a port, where somebody says so. */
  inboundCidrs: Map<number, string[]>;
};

/** Joins the settings of members in their order. */
export function mergeSettings(plans: readonly MemberPlan[]): MergedSettings {
  const all = plans.map(({ settings }) => settings);
  const entries = all.flatMap((settings) =>
    settings.listenPorts.map(({ port, protocol }) => ({ port, protocol, settings })),
  );
  const secure = entries.filter(({ protocol }) => protocol === 'HTTPS');
  const first: MemberSettings = Object.assign({}, ...all.toReversed());
  const { listenPorts: _, certificates: __, inboundCidrs: ___, ...single } = first;
  return {
    ...single,
    ipAddressType: first.ipAddressType ?? 'ipv4',
    attributes: Object.assign({}, ...all.map(({ attributes }) => attributes)),
    tags: Object.assign({}, ...all.map(({ tags }) => tags)),
    ports: new Map(entries.map(({ port, protocol }) => [port, protocol])),
    certificates: joinBy(secure.map(({ port, settings }) => [port, settings.certificates])),
    inboundCidrs: joinBy(
      entries.flatMap(({ port, settings }) => (settings.inboundCidrs ? [[port, settings.inboundCidrs]] : [])),
    ),
  };
}

function joinBy(entries: readonly (readonly [number, string[]])[]): Map<number, string[]> {
  const joined = new Map<number, string[]>();
  for (const [port, values] of entries) joined.set(port, [...new Set([...(joined.get(port) ?? []), ...values])]);
  return joined;
}
