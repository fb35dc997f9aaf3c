import type { RedirectActionConfig } from '@aws-sdk/client-elastic-load-balancing-v2';

/** The parts of a request that a redirect may reuse. `path` with its slash, `query` without its question mark. */
export type RedirectSource = { protocol: string; host: string; port: number; path: string; query: string };

/** The Location of a redirect action; parts the action leaves out stay as the client asked for them. */
export function redirectLocation(config: RedirectActionConfig, source: RedirectSource): string {
  const values: Record<string, string> = {
    protocol: source.protocol.toLowerCase(),
    host: source.host,
    port: String(source.port),
    path: source.path.replace(/^\//, ''),
    query: source.query,
  };
  const fill = (template: string): string =>
    template.replace(/#\{(protocol|host|port|path|query)\}/g, (_, name: string) => values[name] ?? '');
  const protocol = fill(config.Protocol ?? '#{protocol}').toLowerCase();
  const path = fill(config.Path ?? '/#{path}');
  const query = fill(config.Query ?? '#{query}');
  const authority = `${fill(config.Host ?? '#{host}')}:${fill(config.Port ?? '#{port}')}`;
  return `${protocol}://${authority}${path}${query === '' ? '' : `?${query}`}`;
}
