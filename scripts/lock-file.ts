export type LockFile = { packages: Record<string, { version?: string }> };
export type Version = { name: string; version: string };

const FOLDER = 'node_modules/';

/** The versions that one lock file has and an earlier one has not. */
export function newVersions(before: LockFile, after: LockFile): Version[] {
  const known = new Set(versionsIn(before).map(keyOf));
  const added = new Map(versionsIn(after).map((one) => [keyOf(one), one]));
  return [...added].flatMap(([key, one]) => (known.has(key) ? [] : [one]));
}

const versionsIn = ({ packages }: LockFile): Version[] =>
  Object.entries(packages).flatMap(([folder, { version }]) =>
    folder === '' || version === undefined
      ? []
      : [{ name: folder.slice(folder.lastIndexOf(FOLDER) + FOLDER.length), version }],
  );

const keyOf = ({ name, version }: Version): string => `${name}@${version}`;

const DAY_MS = 24 * 60 * 60 * 1_000;

/** A sentence where a version was published less than so many days ago, or the registry does not say when; `published` is ISO 8601. */
export function ageProblem(
  { name, version }: Version,
  published: string | undefined,
  wanted: { days: number; now: number },
): string | undefined {
  const ageMs = wanted.now - Date.parse(published ?? '');
  if (ageMs >= wanted.days * DAY_MS) return undefined;
  const found = Number.isNaN(ageMs) ? 'the registry does not say when it was published' : `it came ${published}`;
  return `${name}@${version}: wanted one that has been out for ${wanted.days} days, and ${found}`;
}
