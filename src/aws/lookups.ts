/** What was found under each key: asked for once for all who ask, and kept until it is forgotten. What was not found is asked for again. */
export class Lookups<Fact> {
  readonly #find: (key: string) => Promise<Fact | undefined>;
  readonly #findings = new Map<string, Promise<Fact | undefined>>();

  constructor(find: (key: string) => Promise<Fact | undefined>) {
    this.#find = find;
  }

  get(key: string): Promise<Fact | undefined> {
    const kept = this.#findings.get(key);
    if (kept) return kept;
    const finding = this.#find(key);
    this.#findings.set(key, finding);
    finding.then(
      (fact) => fact ?? this.#findings.delete(key),
      () => this.#findings.delete(key),
    );
    return finding;
  }

  forget(key: string): void {
    this.#findings.delete(key);
  }
}
