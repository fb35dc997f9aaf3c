export { until } from '../src/local/until.ts';
