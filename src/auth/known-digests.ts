import type { Archive } from '../archive/ports';
import { SharedLookUps } from '../archive/retrieve/shared-look-ups';

/** Milliseconds for which a list is used. For this time, a new credential is not in the list. */
const KEPT_MS = 30_000;

/** Digests that a list has at most. An archive with more has no list. */
export const MOST_DIGESTS = 20_000;

interface List {
  /** Undefined: there are too many. */
  readonly digests: ReadonlySet<string> | undefined;
  readonly until: number;
}

/**
 * The first digits of the digests of all secrets of an archive, in the memory of an isolate. While an address sends
 * guesses, a credential that cannot be valid costs no look-up, and one that may be valid is still looked up. So other
 * clients at the same address keep their access. The list is read only while an address sends guesses.
 */
export class KnownDigests {
  private readonly lists = new WeakMap<Archive, List>();
  private readonly lookUps = new SharedLookUps<List>();

  /** @param read reads the beginnings of the digests, at most `limit` */
  constructor(private readonly read: (archive: Archive, limit: number) => Promise<readonly string[]>) {}

  /** Whether an archive may have given a secret with this digest; true where it has too many for a list. */
  async mayHave(archive: Archive, digest: string): Promise<boolean> {
    const kept = this.lists.get(archive);
    const list = kept !== undefined && Date.now() < kept.until ? kept : await this.readList(archive);
    return list.digests === undefined || list.digests.has(digest.slice(0, DIGITS));
  }

  private async readList(archive: Archive): Promise<List> {
    return await this.lookUps.share(archive.name, async () => {
      const found = await this.read(archive, MOST_DIGESTS + 1);
      const digests = found.length > MOST_DIGESTS ? undefined : new Set(found);
      const list = { digests, until: Date.now() + KEPT_MS };
      this.lists.set(archive, list);
      return list;
    });
  }
}

/** Hexadecimal digits of a digest that a list has: one guess in 2^64 divided by the secrets is looked up. */
export const DIGITS = 16;
