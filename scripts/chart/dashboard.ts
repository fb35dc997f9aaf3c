import { METRICS, type Metric } from '../../src/metrics.ts';

type Target = { expr: string; legendFormat: string; refId: string };

const COLUMNS = 2;
const WIDTH = 24 / COLUMNS;
const HEIGHT = 8;

/** A Grafana dashboard with one panel for each metric that says how much. */
export function dashboard(): object {
  const shown = Object.entries(METRICS as Record<string, Metric>).filter(([name]) => !name.endsWith('_info'));
  const panels = shown.map(([name, metric], index) => ({
    id: index + 1,
    type: 'timeseries',
    title: name,
    description: metric.help,
    datasource: { type: 'prometheus', uid: '${datasource}' },
    gridPos: { h: HEIGHT, w: WIDTH, x: (index % COLUMNS) * WIDTH, y: Math.floor(index / COLUMNS) * HEIGHT },
    fieldConfig: { defaults: { unit: name.endsWith('_seconds') ? 's' : 'short' }, overrides: [] },
    targets: targetsOf(name, metric),
  }));
  const datasource = { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' };
  return {
    uid: 'podwire',
    title: 'Podwire',
    tags: ['podwire'],
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: [datasource] },
    panels,
  };
}

function targetsOf(name: string, { kind, labels }: Metric): Target[] {
  const legendFormat = labels.map((label) => `{{${label}}}`).join(' ') || name;
  const by = labels.length === 0 ? '' : ` by (${labels.join(', ')})`;
  if (name.endsWith('_timestamp_seconds'))
    return [{ expr: `time() - max${by} (${name})`, legendFormat: `${legendFormat} ago`, refId: 'A' }];
  if (kind === 'gauge') return [{ expr: `sum${by} (${name})`, legendFormat, refId: 'A' }];
  if (kind === 'counter') return [{ expr: `sum${by} (rate(${name}[5m]))`, legendFormat, refId: 'A' }];
  return [0.5, 0.99].map((quantile, index) => ({
    expr: `histogram_quantile(${quantile}, sum by (le) (rate(${name}_bucket[5m])))`,
    legendFormat: `p${quantile * 100}`,
    refId: 'AB'.charAt(index),
  }));
}
