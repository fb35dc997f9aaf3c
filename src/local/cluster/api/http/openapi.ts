import type { Cluster } from '../cluster.ts';
import { noSuchPath } from '../status.ts';
import type { Answer } from './resource.ts';
export function answerOpenApi(_cluster: Cluster, _parts: string[]): Answer {
  throw noSuchPath();
}
