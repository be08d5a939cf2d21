import type { Share, Shares } from '../../../archive/access/shares';
import type { Commitments } from '../../../archive/commitment/commitments';
import type { DeidentifiedStudies } from '../../../archive/deidentify/deidentified-studies';
import { forEach } from '../at-once';
import type { Span } from '../span';

/** Storage commitment in an archive of several databases. The first one has the answers. */
export function spanningCommitments(span: Span): Commitments {
  return {
    ...span.first.commitments,
    async find(sopInstanceUIDs, most, duplicates) {
      const [found, notCounted] = await Promise.all([
        span.each(({ commitments }) => commitments.find(sopInstanceUIDs, most, duplicates)),
        span.directory.notCounted(),
      ]);
      return found
        .flatMap((some, at) => some.filter((one) => !notCounted.get(at + 1)?.includes(one.studyInstanceUID)))
        .slice(0, most);
    },
  };
}

/** The UIDs behind replaced UIDs, in the database of each study: a principal finds only studies that it can see. */
export function spanningDeidentifiedStudies(span: Span): DeidentifiedStudies {
  return {
    async keep(studies) {
      const told = [...studies].map(([replaced, studyInstanceUID]) => ({ replaced, studyInstanceUID }));
      for (const [number, some] of await span.byDatabase(told)) {
        const kept = some.map(({ replaced, studyInstanceUID }) => [replaced, studyInstanceUID] as const);
        await span.at(number).deidentifiedStudies.keep(new Map(kept));
      }
    },
    async find(replaced) {
      const found = await span.each(({ deidentifiedStudies }) => deidentifiedStudies.find(replaced));
      return new Map(found.flatMap((some) => [...some]));
    },
  };
}

/**
 * Shares as a principal sees them that sees a part of an archive in several databases: those that it made, and those of studies
 * that it sees.
 * @param whole all shares of the archive
 */
export function spanningShares(span: Span, whole: Shares, principal: string): Shares {
  const visible = async (shares: readonly Share[]): Promise<Share[]> => {
    const others = shares.filter(({ createdBy }) => createdBy !== principal);
    const studies = [...new Set(others.map(({ scope }) => scope.studyInstanceUID))];
    const seen = new Set<string>();
    await forEach(studies, async (studyInstanceUID) => {
      const { index } = await span.of(studyInstanceUID);
      if ((await index.labels(studyInstanceUID)) !== undefined) seen.add(studyInstanceUID);
    });
    return shares.filter(({ createdBy, scope }) => createdBy === principal || seen.has(scope.studyInstanceUID));
  };
  const get = async (id: string): Promise<Share | undefined> => {
    const share = await whole.get(id);
    return share && (await visible([share]))[0];
  };
  return {
    ...span.first.shares,
    get,
    list: async () => await visible(await whole.list()),
    revoke: async (id, now) => ((await get(id)) === undefined ? undefined : await whole.revoke(id, now)),
  };
}
