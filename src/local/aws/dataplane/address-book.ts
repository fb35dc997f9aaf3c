/** One listener of one load balancer node and where it really listens. */
export type ListenerAddress = {
  loadBalancer: string;
  loadBalancerArn: string;
  dnsName: string;
  zone: string;
  listenerPort: number;
  protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'TLS';
  host: string;
  port: number;
};

/** A command that asks a listener for `path` as `host`, wherever the listener really listens. */
export function curlLine(address: ListenerAddress, request: { host?: string; path?: string; caFile?: string }): string {
  const { host = address.dnsName, path = '/', caFile } = request;
  const scheme = address.protocol === 'HTTPS' || address.protocol === 'TLS' ? 'https' : 'http';
  const isUsual = address.listenerPort === (scheme === 'https' ? 443 : 80);
  const url = `${scheme}://${host}${isUsual ? '' : `:${address.listenerPort}`}${path}`;
  const trust = scheme === 'http' ? '' : caFile === undefined ? '--insecure ' : `--cacert ${caFile} `;
  return `curl ${trust}--connect-to ${host}:${address.listenerPort}:${address.host}:${address.port} '${url}'`;
}
