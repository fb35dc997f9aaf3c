import type { Part } from './case.ts';
import type { CaseResult } from './results.ts';

const WIDTH = 1_000;
const RATE_HEIGHT = 120;
const LANE_HEIGHT = 12;
const COLOURS: Record<string, string> = {
  initial: '#d9b44a',
  healthy: '#3f8f5f',
  unhealthy: '#b5483a',
  draining: '#7a6fb0',
  unused: '#aaaaaa',
  unavailable: '#777777',
};

/** One case as a page that opens from disk: its figures and, for each part, requests, failures and the states of the targets over time. */
export function pageOf(result: CaseResult): string {
  const title = `${result.case}. ${result.name}: ${result.verdict}`;
  const why = result.why.map((line) => `<li>${escape(line)}</li>`).join('');
  const control = `control "${result.control.name}" lost ${result.control.failed} of ${result.control.requests}`;
  return `<!doctype html><meta charset="utf-8"><title>${escape(title)}</title>
<style>body{font:14px system-ui;margin:2em;max-width:${WIDTH + 120}px}svg{background:#fafafa}td,th{text-align:left;padding:0 1em 0 0}</style>
<h1>${escape(title)}</h1>
<p>${escape(control)}; measured ${escape(result.measuredAt)}, everything divided by ${result.factor}.</p><ul>${why}</ul>
${result.parts.map(sectionOf).join('\n')}
`;
}

function sectionOf(part: Part): string {
  const failures = Object.entries(part.failures).map(([kind, count]) => `${count} ${kind}`);
  const figures = [
    `${part.requests} requests`,
    `${part.failed} failed${failures.length > 0 ? ` (${failures.join(', ')})` : ''}`,
    `longest gap ${part.longestGapMs} ms`,
    ...(part.bound ? [`at most ${part.bound.failed} may fail: ${part.bound.formula}`] : []),
    ...part.problems,
  ];
  const examples = part.examples.map((line) => `<li><code>${escape(line)}</code></li>`).join('');
  return `<h2>${escape(part.name)}</h2><p>${escape(figures.join('; '))}</p>${chartOf(part)}<ul>${examples}</ul>`;
}

function chartOf({ timeline }: Part): string {
  const { requests, failed, marks, targets, stepMs } = timeline;
  const spanMs = Math.max(stepMs, requests.length * stepMs);
  const x = (atMs: number): number => (atMs / spanMs) * WIDTH;
  const most = Math.max(1, ...requests);
  const bars = (counts: number[], colour: string): string =>
    counts
      .map((count, index) => ({ count, index }))
      .filter(({ count }) => count > 0)
      .map(({ count, index }) => bar({ x: x(index * stepMs), width: x(stepMs), share: count / most }, colour))
      .join('');
  const lanes = targets.map((line, index) => laneOf(line, { y: RATE_HEIGHT + 20 + index * LANE_HEIGHT, x, spanMs }));
  const notes = marks.map(({ atMs, text }) => markOf(text, x(atMs)));
  const height = RATE_HEIGHT + 30 + targets.length * LANE_HEIGHT;
  const content = [bars(requests, '#c9d7e6'), bars(failed, '#c0281c'), ...lanes, ...notes].join('');
  return `<svg width="${WIDTH + 110}" height="${height}" font-size="9">${content}</svg>`;
}

const bar = (at: { x: number; width: number; share: number }, colour: string): string => {
  const height = at.share * RATE_HEIGHT;
  return `<rect x="${at.x.toFixed(1)}" y="${(RATE_HEIGHT - height).toFixed(1)}" width="${Math.max(0.5, at.width).toFixed(2)}" height="${height.toFixed(1)}" fill="${colour}"/>`;
};

const markOf = (text: string, x: number): string =>
  `<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="0" y2="${RATE_HEIGHT + 10}" stroke="#333" stroke-dasharray="2"/><text x="${(x + 2).toFixed(1)}" y="9">${escape(text)}</text>`;

type Lane = { y: number; x: (atMs: number) => number; spanMs: number };

function laneOf({ target, states }: Part['timeline']['targets'][number], { y, x, spanMs }: Lane): string {
  const spans = states.map(({ atMs, state }, index) => {
    const from = x(Math.max(0, atMs));
    const to = x(Math.min(spanMs, states[index + 1]?.atMs ?? spanMs));
    const fill = COLOURS[state] ?? '#fff';
    return `<rect x="${from.toFixed(1)}" y="${y}" width="${Math.max(0, to - from).toFixed(1)}" height="${LANE_HEIGHT - 3}" fill="${fill}"><title>${escape(state)}</title></rect>`;
  });
  return `${spans.join('')}<text x="${WIDTH + 4}" y="${y + LANE_HEIGHT - 4}">${escape(target)}</text>`;
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
