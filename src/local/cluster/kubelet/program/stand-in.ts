import { loopbackOf } from '../../../loopback.ts';

/** Where a volume is in a container, and the folder that stands for it. */
export type Mount = { mountPath: string; path: string };

const WILDCARD = /(?:\b0\.0\.0\.0|\[::\]):(\d{1,5})\b/g;

/**
 * A text of a pod as its program can use it here. A container has a file system and a network of its own; a program of this
 * machine has neither: a path in a mounted volume becomes one in the volume's folder, and a port on every address of the pod
 * becomes that port of the address which stands for the pod on loopback.
 */
export function standIn(text: string, { mounts, address }: { mounts: Mount[]; address: string }): string {
  return moved(text, mounts).replaceAll(WILDCARD, (_, port: string) => {
    const at = loopbackOf(address, Number(port));
    return `${at.host}:${at.port}`;
  });
}

function moved(text: string, mounts: Mount[]): string {
  if (mounts.length === 0) return text;
  const paths = new Map(mounts.map(({ mountPath, path }) => [mountPath, path]));
  const longestFirst = [...paths.keys()].toSorted((a, b) => b.length - a.length).map((path) => RegExp.escape(path));
  // The mount itself or what is below it, and no longer name that begins like it.
  const inMount = new RegExp(`(?<![\\w./-])(?:${longestFirst.join('|')})(?![\\w.-])`, 'g');
  return text.replaceAll(inMount, (mountPath) => paths.get(mountPath) ?? mountPath);
}
