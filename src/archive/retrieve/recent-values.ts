interface Kept<Value> {
  readonly value: Value;
  readonly bytes: number;
}

/** Values by key, with the memory that they take, in the order of their last use. */
export class RecentValues<Value> {
  private readonly kept = new Map<string, Kept<Value>>();
  private keptBytes = 0;

  /** Bytes of memory that the values take, by what `keep` was told. */
  get bytes(): number {
    return this.keptBytes;
  }

  keys(): string[] {
    return [...this.kept.keys()];
  }

  /** @returns the value, which becomes the one that was used last */
  use(key: string): Value | undefined {
    const found = this.kept.get(key);
    if (found === undefined) return undefined;
    this.kept.delete(key);
    this.kept.set(key, found);
    return found.value;
  }

  /** Keeps a value in place of an earlier one with the same key. */
  keep(key: string, value: Value, bytes: number): void {
    this.forget(key);
    this.kept.set(key, { value, bytes });
    this.keptBytes += bytes;
  }

  forget(key: string): void {
    this.keptBytes -= this.kept.get(key)?.bytes ?? 0;
    this.kept.delete(key);
  }

  /** Drops all values. */
  drop(): void {
    this.kept.clear();
    this.keptBytes = 0;
  }

  /** Drops the least recently used values, until the others take at most this much memory. */
  shrinkTo(bytes: number): void {
    for (const oldest of this.kept.keys()) {
      if (this.keptBytes <= bytes) return;
      this.forget(oldest);
    }
  }
}
