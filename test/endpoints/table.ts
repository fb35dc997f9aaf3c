import { CAPABILITIES, CAPABILITY_NAMES, type Capability } from './capabilities.ts';
import { deviationOf } from './deviations.ts';

const ENDPOINTS = ['local AWS', 'moto'] as const;

/** What the endpoints can do, as the Markdown table of docs/endpoints.md. */
export function capabilityTable(): string {
  const rows = CAPABILITY_NAMES.map((name) => {
    const { aws, source } = CAPABILITIES[name];
    return `| \`${name}\` | [${aws}](${source}) | ${ENDPOINTS.map((endpoint) => cell(endpoint, name)).join(' | ')} |`;
  });
  return [`| capability | AWS | ${ENDPOINTS.join(' | ')} |`, '|---|---|---|---|', ...rows].join('\n');
}

const cell = (endpoint: string, name: Capability): string => {
  const deviation = deviationOf(endpoint, name);
  return deviation ? `no: ${deviation.what}` : 'yes';
};
