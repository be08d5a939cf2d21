import { describeKey } from '../../../archive/object-keys';
import type {
  IndexIdentity,
  ObjectSweeps,
  OrphanSweeps,
  SegmentSweeps,
  StoredObject,
  SweepIndex,
  SweepRuns,
} from '../../../archive/remove/sweep-index';
import { adopt, checkIdentities, identityOf } from '../identity';
import { lostArrivals } from '../move/lost-arrivals';
import type { NumberedDatabases } from '../move/numbered-databases';
import type { OneDatabase, Span } from '../span';

type Look = (sweeps: SweepIndex, objects: readonly StoredObject[]) => Promise<readonly string[]>;

/**
 * What the sweeper asks of an archive in several databases. No row names an object when no database has such a row. The first
 * database has the sweeper's own state, and the orphans.
 * @param databases those of the span
 * @param noteContents is done once an hour
 */
export function spanningSweeps(
  span: Span,
  databases: NumberedDatabases,
  noteContents: () => Promise<void>,
): SweepIndex {
  return {
    ...identityIn(span),
    ...runsIn(span, noteContents),
    ...segmentsIn(span),
    ...objectsIn(span, databases),
    ...orphansIn(span, databases),
  };
}

function identityIn(span: Span): IndexIdentity {
  /** Asks the first database first, and no further one after a `false`. */
  const ofAll = async (ask: (database: OneDatabase) => Promise<boolean>) => {
    for (const database of span.databases) if (!(await ask(database))) return false;
    return true;
  };
  return {
    async identity() {
      const found = await identityOf(span);
      if (found === undefined) return undefined;
      const { databases: _, ...identity } = found;
      return identity;
    },
    async giveIdentity(archiveID) {
      const { databases: _, ...given } = await span.first.sweeps.giveIdentity(archiveID);
      await adopt(span, given.archiveID, 2, Date.now());
      return given;
    },
    async forgetIdentity() {
      await span.first.sweeps.forgetIdentity();
      if ((await span.first.sweeps.identity()) !== undefined) return;
      for (const { sweeps } of span.databases.slice(1)) await sweeps.forgetIdentity();
    },
    async confirmIdentity(archiveID, now) {
      await checkIdentities(span, now);
      return await ofAll(({ sweeps }) => sweeps.confirmIdentity(archiveID, now));
    },
    async takeIdentity(archiveID, now) {
      if (!(await ofAll(({ sweeps }) => sweeps.takeIdentity(archiveID, now)))) return false;
      await adopt(span, archiveID, 2, now);
      return true;
    },
    someInstances: async () => (await span.each(({ sweeps }) => sweeps.someInstances())).flat(),
  };
}

function runsIn(span: Span, noteContents: () => Promise<void>): SweepRuns {
  return {
    /** A database that was put back to an earlier time has an older report than the others. */
    async lastReport() {
      const reports = await span.each(({ sweeps }) => sweeps.lastReport());
      return reports.reduce((oldest, report) => {
        if (oldest === undefined || report === undefined) return report ?? oldest;
        return report.ranAt < oldest.ranAt ? report : oldest;
      });
    },
    async keepReport(report) {
      await noteContents();
      await span.each(({ sweeps }) => sweeps.keepReport(report));
    },
    noteGap: (from, to) => span.first.sweeps.noteGap(from, to),
  };
}

function segmentsIn(span: Span): SegmentSweeps {
  /** How far the look at the metadata segments has come in each database. */
  let looked: readonly number[] = [];
  return {
    async nextSegments(limit) {
      const some = Math.ceil(limit / span.databases.length);
      const looks = await span.each(({ sweeps }) => sweeps.nextSegments(some));
      looked = looks.map(({ lastSeriesRow }) => lastSeriesRow);
      return { series: looks.flatMap(({ series }) => series), lastSeriesRow: Math.max(...looked) };
    },
    async keepSegmentPosition() {
      await span.each(({ sweeps }, number) => sweeps.keepSegmentPosition(looked[number - 1] ?? 0));
    },
    async forgetDeadSegments(segments, now) {
      const named = segments.map((segment) => {
        const [object] = describeKey(segment.key);
        return { ...segment, studyInstanceUID: object?.studyInstanceUID ?? '' };
      });
      for (const [number, some] of await span.byDatabase(named)) {
        const keys = some.map(({ name, key }) => ({ name, key }));
        await span.at(number).sweeps.forgetDeadSegments(keys, now);
      }
    },
  };
}

function objectsIn(span: Span, databases: NumberedDatabases): ObjectSweeps {
  return {
    dueDeletions: (before, limit) => span.fill(limit, ({ sweeps }, wanted) => sweeps.dueDeletions(before, wanted)),
    async forgetDeletions(keys) {
      await span.each(({ sweeps }) => sweeps.forgetDeletions(keys));
    },
    unnamed: (objects) => ofNone(span, objects, (sweeps, some) => sweeps.unnamed(some)),
    unreferenced: (objects) => unreferenced(span, databases, objects),

    position: () => span.first.sweeps.position(),
    keepPosition: (position) => span.first.sweeps.keepPosition(position),
  };
}

function orphansIn(span: Span, databases: NumberedDatabases): OrphanSweeps {
  const { sweeps: first } = span.first;
  return {
    noteOrphans: (orphans, now) => first.noteOrphans(orphans, now),
    orphansAfter: (key, limit) => first.orphansAfter(key, limit),
    countOrphans: (limit) => first.countOrphans(limit),
    async countInstances(limit) {
      let count = 0;
      for (const { sweeps } of span.databases) if (count < limit) count += await sweeps.countInstances(limit - count);
      return count;
    },
    oldOrphans: (before, limit) => first.oldOrphans(before, limit),
    /** The claim is in the first database, so the others are asked before it and after it. */
    async claimOrphans(orphans, now) {
      const before = new Set(await unreferenced(span, databases, orphans));
      const claimed = new Set(
        await first.claimOrphans(
          orphans.filter(({ key }) => before.has(key)),
          now,
        ),
      );
      return await unreferenced(
        span,
        databases,
        orphans.filter(({ key }) => claimed.has(key)),
      );
    },
    forgetOrphans: (keys) => first.forgetOrphans(keys),
  };
}

/**
 * The keys of objects that no database knows. Objects of a study that has left a database are not among them, when it was lost
 * because the database that it went to was put back to an earlier time.
 */
async function unreferenced(
  span: Span,
  databases: NumberedDatabases,
  objects: readonly StoredObject[],
): Promise<readonly string[]> {
  const unknown = new Set(await ofNone(span, objects, (sweeps, some) => sweeps.unreferenced(some)));
  const left = objects.filter(({ key }) => unknown.has(key));
  const studies = await lostArrivals(
    span,
    databases,
    left.flatMap(({ studyInstanceUID }) => studyInstanceUID ?? []),
  );
  return left.flatMap(({ key, studyInstanceUID }) => (studies.has(studyInstanceUID ?? '') ? [] : key));
}

/**
 * The keys of those objects that every database says not to know. The database of the study is asked first: it knows most.
 * @param look says which of the objects a database does not know
 */
async function ofNone(span: Span, objects: readonly StoredObject[], look: Look): Promise<readonly string[]> {
  const placed = objects.map((object) => ({ ...object, studyInstanceUID: object.studyInstanceUID ?? '' }));
  const unknown = new Set<string>();
  for (const [number, some] of await span.byDatabase(placed)) {
    const keys = new Set(some.map(({ key }) => key));
    const asked = objects.filter(({ key }) => keys.has(key));
    for (const key of await look(span.at(number).sweeps, asked)) unknown.add(key);
  }
  let left = objects.filter(({ key }) => unknown.has(key));
  for (const { sweeps } of span.databases) {
    if (left.length === 0) break;
    const still = new Set(await look(sweeps, left));
    left = left.filter(({ key }) => still.has(key));
  }
  return left.map(({ key }) => key);
}
