import type {
  CopiedRows,
  IndexMoments,
  RebuiltIndex,
  SnapshotIndex,
  SnapshotPage,
} from '../../../archive/snapshot/snapshot';
import type { Span } from '../span';

/** The snapshots of an archive in several databases. The first one has the state of a rebuild. */
export function spanningSnapshots(span: Span): SnapshotIndex {
  return { ...copiedRows(span), ...momentsOf(span), ...rebuiltIn(span) };
}

async function snapshotsOf(span: Span, studyInstanceUID: string): Promise<SnapshotIndex> {
  return (await span.of(studyInstanceUID)).snapshots;
}

function copiedRows(span: Span): CopiedRows {
  const { snapshots: first } = span.first;
  return {
    claimChanged: (limit, now, abandonedBefore) =>
      span.fill(limit, ({ snapshots }, wanted) => snapshots.claimChanged(wanted, now, abandonedBefore)),
    /** The page says in which database the study is, for a rebuild. */
    async page(studyInstanceUID, after, limit) {
      const number = await span.numberOf(studyInstanceUID);
      return { ...(await span.at(number).snapshots.page(studyInstanceUID, after, limit)), database: number };
    },
    finish: async (study, claimedAt) => await (await snapshotsOf(span, study)).finish(study, claimedAt),
    hasChanged: async (study, claimedAt) => await (await snapshotsOf(span, study)).hasChanged(study, claimedAt),
    async countChanged(limit) {
      let count = 0;
      for (const { snapshots } of span.databases)
        if (count < limit) count += await snapshots.countChanged(limit - count);
      return count;
    },
    async removedStudiesAfter(study, limit) {
      const found = await span.each(({ snapshots }) => snapshots.removedStudiesAfter(study, limit));
      return [...new Set(found.flat())].sort().slice(0, limit);
    },
    async addUnknown(limit) {
      const some = Math.ceil(limit / span.databases.length);
      await span.each(({ snapshots }) => snapshots.addUnknown(some));
    },
    queueDeletion: (keys, dueAt) => first.queueDeletion(keys, dueAt),

    waiting: async (studies) => (await eachDatabase(studies, (snapshots, some) => snapshots.waiting(some))).flat(),
    async noteChanged(studies) {
      await eachDatabase(studies, (snapshots, some) => snapshots.noteChanged(some));
    },
    async noteMissing(studies) {
      await eachDatabase(studies, (snapshots, some) => snapshots.noteMissing(some));
    },
  };

  async function eachDatabase<Result>(
    studies: readonly string[],
    work: (snapshots: SnapshotIndex, some: readonly string[]) => Promise<Result>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    const named = studies.map((studyInstanceUID) => ({ studyInstanceUID }));
    for (const [number, some] of await span.byDatabase(named)) {
      const uids = some.map(({ studyInstanceUID }) => studyInstanceUID);
      results.push(await work(span.at(number).snapshots, uids));
    }
    return results;
  }
}

function momentsOf(span: Span): IndexMoments {
  return {
    // A database may be put back alone.
    moments: async () => (await span.each(({ snapshots }) => snapshots.moments())).flat(),
    async noteMoment(now, studies) {
      const named = studies?.map((studyInstanceUID) => ({ studyInstanceUID }));
      const noting = named && (await span.byDatabase(named));
      const moments = await span.each(async ({ snapshots }, number) =>
        noting === undefined || noting.has(number) ? await snapshots.noteMoment(now) : [0],
      );
      return moments.flat();
    },
    lastChange: async (study) => await (await snapshotsOf(span, study)).lastChange(study),
  };
}

function rebuiltIn(span: Span): RebuiltIndex {
  const { snapshots: first } = span.first;
  return {
    rebuild: () => first.rebuild(),
    keepRebuild: (state) => first.keepRebuild(state),
    async isEmpty() {
      return (await span.each(({ snapshots }) => snapshots.isEmpty())).every(Boolean);
    },
    insert: (page, shift) => insertPage(span, page, shift),
    clear: (study) => span.changing(study, ({ snapshots }) => snapshots.clear(study)),
  };
}

/** Inserts the rows of a study in the database that had them, or in the last one when there are fewer databases now. */
async function insertPage(span: Span, page: SnapshotPage, shift: number | undefined): Promise<number> {
  await span.ready();
  const { studyInstanceUID, database = 1 } = page;
  const wanted = Math.min(database, span.databases.length);
  return await span.passing([studyInstanceUID], async () => {
    const number = await span.directory.placeIn(studyInstanceUID, wanted);
    await span.directory.widen(number, datesIn(page));
    return await span.at(number).snapshots.insert(page, shift);
  });
}

function datesIn({ rows, columns }: SnapshotPage): string[] {
  const at = columns.study?.indexOf('study_date') ?? -1;
  const dates = at < 0 ? [] : (rows.study ?? []).map((row) => row[at]);
  return dates.filter((date) => typeof date === 'string');
}
