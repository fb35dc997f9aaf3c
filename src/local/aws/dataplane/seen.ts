import type { LocalAws } from '../aws.ts';
import type { NodeOptions } from './node.ts';
import type { TargetConfig } from './wanted.ts';

/** Keeps for reports what a node has just learned of a target; `key` is `<target group ARN> <id>:<port>`. */
export function noteSeen(
  aws: LocalAws,
  { zone, host }: Pick<NodeOptions, 'zone' | 'host'>,
  { key, config }: { key: string; config: TargetConfig | undefined },
): void {
  const [targetGroupArn = '', target = ''] = key.split(' ');
  const targetGroup = aws.state.targetGroups.get(targetGroupArn)?.name ?? '';
  const entry = { at: aws.clock.now(), node: `${zone} ${host}`, sees: config?.standing ?? 'gone' };
  aws.history.noteNode({ targetGroupArn, targetGroup, target }, entry);
}
