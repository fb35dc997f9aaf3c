const LIMIT = 20_000;
const known = new Map<string, string>();

/** The same text, kept once however many objects carry it: node names, zones, namespaces. Forgets all when it grows too large. */
export function intern(text: string): string {
  const kept = known.get(text);
  if (kept !== undefined) return kept;
  if (known.size >= LIMIT) known.clear();
  known.set(text, text);
  return text;
}
