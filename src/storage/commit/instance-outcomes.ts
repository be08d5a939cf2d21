import type { CommitGroup, CommitOutcome, InstanceRecord } from '../../archive/commit-group';
import type { InstanceIdentity, SeriesIdentity } from '../../archive/identities';
import type { Author } from './author';
import { type AsideState, asideResult } from './sql/aside-sql';
import type { KnownState } from './sql/outcome-sql';

/* What became of the instances of a group: from the rows that its commit returned. */

/** The rows that the statements of a commit return; each statement has columns of its own. */
export type ReturnedRow = Partial<
  SegmentCount & DescribedStudy & KnownState & AsideState & { version: string; kept: string; aside: string }
>;

interface DescribedStudy {
  describedStudy: string;
  patientID: string | null;
}

interface SegmentCount extends SeriesIdentity {
  segments: number;
}

/** What the statements of a commit have done, and what its instances have met. */
export class ReturnedRows {
  private readonly inserted: ReadonlySet<string | undefined>;
  private readonly kept: ReadonlySet<string | undefined>;
  private readonly aside: ReadonlySet<string | undefined>;
  private readonly removed: ReadonlySet<string | null | undefined>;
  private readonly known: ReadonlyMap<string | undefined, ReturnedRow>;
  private readonly hidden: ReadonlyMap<string | undefined, ReturnedRow>;
  private readonly segments: ReadonlyMap<string, number>;
  private readonly patients: ReadonlyMap<string | undefined, string | null | undefined>;
  private readonly sentPatients: ReadonlyMap<string, string | null>;

  constructor(
    rows: readonly ReturnedRow[],
    { studies }: Pick<CommitGroup, 'studies'>,
    private readonly author: Author,
  ) {
    this.inserted = new Set(rows.map(({ version }) => version));
    this.kept = new Set(rows.map((row) => row.kept));
    this.aside = new Set(rows.map((row) => row.aside));
    this.removed = new Set(rows.map((row) => row.removed));
    this.known = new Map(rows.map((row) => [row.known, row]));
    this.hidden = new Map(rows.map((row) => [row.hidden, row]));
    this.segments = new Map(rows.map((row) => [seriesKey(row), row.segments ?? 0]));
    this.patients = new Map(rows.map((row) => [row.describedStudy, row.patientID]));
    this.sentPatients = new Map(studies.map(({ studyInstanceUID, patientID }) => [studyInstanceUID, patientID]));
  }

  /** How the commit took an instance; undefined when it did not. */
  resultOf({ version }: InstanceRecord): 'kept' | 'aside' | 'stored' | undefined {
    if (this.kept.has(version)) return 'kept';
    if (this.aside.has(version)) return 'aside';
    return this.inserted.has(version) ? 'stored' : undefined;
  }

  /** Whether the bytes of an instance counted, and have been removed since. */
  hasRemoved({ version }: InstanceRecord): boolean {
    return this.removed.has(version);
  }

  /** What the index has in place of an instance that the commit did not take. */
  knownOf({ version }: InstanceRecord): KnownState | undefined {
    return this.known.get(version) as KnownState | undefined;
  }

  /** What a study that the sender does not see has in place of an instance that the commit did not take. */
  hiddenOf({ version }: InstanceRecord): AsideState | undefined {
    return this.hidden.get(version) as AsideState | undefined;
  }

  /** How many metadata segments the series of an instance has now. */
  segmentsOf(instance: InstanceRecord): number {
    return this.segments.get(seriesKey(instance)) ?? 0;
  }

  /**
   * The Patient ID by which the index describes the study of an instance. A principal that may only store is not told of it: it
   * would learn that a study is there, and could try Patient IDs. It is told of the one by which the group describes the study.
   */
  patientOf({ studyInstanceUID }: InstanceIdentity): Pick<CommitOutcome, 'patientIDOfStudy' | 'patientIDUntold'> {
    const inIndex = this.patients.get(studyInstanceUID);
    if (!this.author.storesOnly) return { patientIDOfStudy: inIndex };
    return { patientIDOfStudy: this.sentPatients.get(studyInstanceUID), patientIDUntold: inIndex };
  }

  /** The Patient ID by which the group describes the study of an instance. */
  sentPatientOf({ studyInstanceUID }: InstanceIdentity): Pick<CommitOutcome, 'patientIDOfStudy'> {
    return { patientIDOfStudy: this.sentPatients.get(studyInstanceUID) };
  }
}

/**
 * What became of an instance.
 * @param isLate the answer of the commit was lost, and the rows were read after it
 * @returns undefined when the index has no trace of the instance
 */
export function outcomeOf(
  instance: InstanceRecord,
  returned: ReturnedRows,
  duplicates: CommitGroup['duplicates'],
  isLate: boolean,
): CommitOutcome | undefined {
  const seriesSegments = returned.segmentsOf(instance);
  const taken = returned.resultOf(instance);
  if (taken === 'kept') return { result: taken, seriesSegments };
  const hidden = returned.hiddenOf(instance);
  if (taken === 'aside' || hidden !== undefined) {
    const found: Result = taken === 'aside' ? { result: taken } : asideResult(instance, hidden!, duplicates, isLate);
    return { ...found, seriesSegments, ...returned.sentPatientOf(instance) };
  }
  // Deleted or replaced since: a removed instance has these bytes.
  if (returned.hasRemoved(instance)) return { result: 'stored', seriesSegments, ...returned.patientOf(instance) };
  const known = returned.knownOf(instance);
  if (taken === undefined && known === undefined) return undefined;
  const found: Result = taken === undefined ? resultOf(instance, known!) : { result: taken };
  // A legal hold prevented the replacement, or the same bytes were there and have been replaced since.
  if (isLate && found.result === 'conflict' && duplicates !== 'reject') return { result: 'unknown', seriesSegments };
  return { ...found, seriesSegments, ...returned.patientOf(instance) };
}

type Result = Pick<CommitOutcome, 'result' | 'heldVersion' | 'heldDigest'>;

function resultOf(instance: InstanceRecord, known: KnownState): Result {
  const { version } = instance;
  const { heldVersion, keptVersion } = known;
  // Inserted by a try whose answer was lost.
  if (heldVersion === version) return { result: 'stored' };
  if (keptVersion === version) return { result: 'kept' };
  if (keptVersion !== null) return { result: 'kept before', heldVersion: keptVersion };
  return identicalTo(instance, known) ?? { result: 'conflict' };
}

/** The result of an instance whose bytes, or whose data set, the index has already; undefined: it has others. */
export function identicalTo({ digest, sameAs }: InstanceRecord, { heldVersion, heldDigest }: KnownState) {
  if (heldDigest === digest) return { result: 'identical', heldVersion } as const;
  // The bytes are others, so they cannot replace lost ones: no version is named.
  return heldDigest === sameAs ? ({ result: 'identical', heldDigest } as const) : undefined;
}

function seriesKey({ studyInstanceUID, seriesInstanceUID }: Partial<SeriesIdentity>): string {
  return `${studyInstanceUID}/${seriesInstanceUID}`;
}
