import type { KubeObject } from '../../../../kube/api.ts';
import { isObject, type Json, textOf } from '../schema/schema.ts';
import { type Cause, duplicate, prohibited, required, wrong } from '../status.ts';
import { checkName } from './names.ts';
import { at, items, part, type Rules, type Surroundings, setDefault } from './rules.ts';

const FIRST_NODE_PORT = 30_000;
const LAST_NODE_PORT = 32_767;

export const serviceRules: Rules = {
  complete(service, around) {
    const spec = part(service, 'spec');
    for (const port of items(spec, 'ports')) setDefault(port, 'targetPort', port.port);
    completeTraffic(spec);
    completeIps(spec, around);
    completeNodePorts(service, around);
  },
  validate: (service, around) => [...checkService(part(service, 'spec')), ...checkTaken(service, around)],
  validateChange: checkServiceChange,
};

const hasNodePorts = (spec: Json): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

function completeTraffic(spec: Json): void {
  if (spec.type !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  if (spec.type === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  else delete spec.externalTrafficPolicy;
  if (spec.sessionAffinity === 'ClientIP')
    setDefault(spec, 'sessionAffinityConfig', { clientIP: { timeoutSeconds: 10_800 } });
}

function completeIps(spec: Json, around: Surroundings): void {
  if (spec.type === 'ExternalName') {
    for (const name of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) delete spec[name];
    return;
  }
  const old = part(around.old, 'spec');
  const kept = old.type === 'ExternalName' ? undefined : old.clusterIP;
  const listed = Array.isArray(spec.clusterIPs) ? spec.clusterIPs[0] : undefined;
  if (!spec.clusterIP) spec.clusterIP = listed ?? kept ?? freeAddress(around);
  setDefault(spec, 'clusterIPs', [spec.clusterIP]);
  setDefault(spec, 'ipFamilies', [String(spec.clusterIP).includes(':') ? 'IPv6' : 'IPv4']);
  setDefault(spec, 'ipFamilyPolicy', 'SingleStack');
}

const otherServices = (around: Surroundings): KubeObject[] =>
  around.list('/services').filter((one) => one.metadata.uid !== around.old?.metadata.uid);

/** An address of 10.96.0.0/16, the first one a free one is found at from a random start. */
function freeAddress(around: Surroundings): string {
  const taken = new Set(otherServices(around).map((one) => at(one, 'spec.clusterIP')));
  const start = Math.floor(around.random() * 65_000);
  for (let i = 0; i < 65_000; i++) {
    const number = ((start + i) % 65_000) + 256;
    const address = `10.96.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
  throw new Error('the range 10.96.0.0/16 of cluster IPs is used up');
}

function completeNodePorts(service: KubeObject, around: Surroundings): void {
  const spec = part(service, 'spec');
  const ports = items(spec, 'ports');
  if (!hasNodePorts(spec)) {
    // A type that has none gives them back, unless the writer insists on them (which `checkService` refuses).
    if (hasNodePorts(part(around.old, 'spec'))) for (const port of ports) delete port.nodePort;
    return;
  }
  const taken = takenNodePorts(otherServices(around));
  for (const port of ports) if (port.nodePort) taken.add(Number(port.nodePort));
  for (const port of ports.filter((one) => !one.nodePort)) {
    port.nodePort = oldNodePort(port, around, taken) ?? freeNodePort(taken, around);
    taken.add(Number(port.nodePort));
  }
  const local = spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
  if (local && !spec.healthCheckNodePort) spec.healthCheckNodePort = freeNodePort(taken, around);
  if (!local) delete spec.healthCheckNodePort;
}

/** A port that was there before keeps its node port, even where the writer leaves it out. */
function oldNodePort(port: Json, around: Surroundings, taken: Set<number>): unknown {
  const same = items(around.old, 'spec.ports').find((one) => one.port === port.port && one.protocol === port.protocol);
  return same?.nodePort && !taken.has(Number(same.nodePort)) ? same.nodePort : undefined;
}

function takenNodePorts(services: KubeObject[]): Set<number> {
  const ports = services.flatMap((one) => [
    at(one, 'spec.healthCheckNodePort'),
    ...items(one, 'spec.ports').map((port) => port.nodePort),
  ]);
  return new Set(ports.filter((port): port is number => typeof port === 'number' && port > 0));
}

function freeNodePort(taken: Set<number>, around: Surroundings): number {
  const count = LAST_NODE_PORT - FIRST_NODE_PORT + 1;
  const start = Math.floor(around.random() * count);
  for (let i = 0; i < count; i++) {
    const port = FIRST_NODE_PORT + ((start + i) % count);
    if (!taken.has(port)) return port;
  }
  throw new Error('the range 30000-32767 of node ports is used up');
}

function checkService(spec: Json): Cause[] {
  const ports = items(spec, 'ports');
  const causes = ports.flatMap((port, i) => checkPort(port, `spec.ports[${i}]`, { spec, count: ports.length }));
  if (spec.type === 'ExternalName') return spec.externalName ? causes : [...causes, required('spec.externalName')];
  if (ports.length === 0 && spec.clusterIP !== 'None') causes.push(required('spec.ports'));
  const names = ports.map((port) => port.name);
  names.forEach((name, i) => {
    if (name !== undefined && names.indexOf(name) !== i) causes.push(duplicate(`spec.ports[${i}].name`, name));
  });
  return [...causes, ...checkAddress(spec)];
}

function checkAddress(spec: Json): Cause[] {
  const ip = String(spec.clusterIP);
  if (ip === 'None') {
    const none = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
    return none ? [wrong('spec.clusterIPs[0]', ip, `may not be set to 'None' for ${textOf(spec.type)} services`)] : [];
  }
  if (/^\d+\.\d+\.\d+\.\d+$|:/.test(ip)) return [];
  return [wrong('spec.clusterIPs[0]', ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
}

function checkPort(port: Json, path: string, of: { spec: Json; count: number }): Cause[] {
  const causes: Cause[] = [];
  if (port.name) causes.push(...checkName(textOf(port.name), 'label', `${path}.name`));
  else if (of.count > 1) causes.push(required(`${path}.name`));
  if (port.nodePort && !hasNodePorts(of.spec) && of.spec.type !== 'LoadBalancer') {
    causes.push(prohibited(`${path}.nodePort`, `may not be used when \`type\` is '${textOf(of.spec.type)}'`));
  }
  const target = port.targetPort;
  if (typeof target === 'number' && (target < 1 || target > 65_535)) {
    causes.push(wrong(`${path}.targetPort`, target, 'must be between 1 and 65535, inclusive'));
  }
  return causes;
}

function checkTaken(service: KubeObject, around: Surroundings): Cause[] {
  const others = otherServices(around);
  const taken = takenNodePorts(others);
  const causes = items(service, 'spec.ports').flatMap((port, i) => {
    const field = `spec.ports[${i}].nodePort`;
    const number = Number(port.nodePort ?? 0);
    if (number === 0) return [];
    if (number < FIRST_NODE_PORT || number > LAST_NODE_PORT) {
      return [
        wrong(
          field,
          number,
          `provided port is not in the valid range. The range of valid ports is ${FIRST_NODE_PORT}-${LAST_NODE_PORT}`,
        ),
      ];
    }
    return taken.has(number) ? [wrong(field, number, 'provided port is already allocated')] : [];
  });
  const ip = at(service, 'spec.clusterIP');
  if (!ip || ip === 'None' || !others.some((one) => at(one, 'spec.clusterIP') === ip)) return causes;
  return [
    ...causes,
    wrong('spec.clusterIPs', isObject(ip) ? '' : [ip], 'failed to allocate IP: provided IP is already allocated'),
  ];
}

function checkServiceChange(service: KubeObject, old: KubeObject): Cause[] {
  const [now, before] = [part(service, 'spec'), part(old, 'spec')];
  const causes: Cause[] = [];
  const external = now.type === 'ExternalName' || before.type === 'ExternalName';
  if (!external && now.clusterIP !== before.clusterIP) {
    causes.push(wrong('spec.clusterIPs[0]', [now.clusterIP], 'may not change once set'));
  }
  const balanced = now.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  if (balanced && now.loadBalancerClass !== before.loadBalancerClass) {
    causes.push(wrong('spec.loadBalancerClass', now.loadBalancerClass, 'may not change once set'));
  }
  return causes;
}
