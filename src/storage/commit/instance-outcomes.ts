import type { CommitGroup, CommitOutcome, InstanceRecord } from '../../archive/commit-group';
import type { InstanceIdentity, SeriesIdentity } from '../../archive/identities';
import { type AsideState, asideResult } from './aside-sql';
import type { FoundStates, InstanceState, KnownState } from './known-states';

/* What became of the instances of a group: from the rows that its commit returned, and from what the index has otherwise. */

/** isLate: what the instance has met came between its commit and the look-up. */
export type Tried = CommitOutcome & { readonly isLate?: true };

/** The rows that the statements of a commit return; each statement has columns of its own. */
export type ReturnedRow = Partial<InstanceState & SegmentCount & DescribedStudy & { kept: string; aside: string }>;

interface DescribedStudy {
  describedStudy: string;
  patientID: string | null;
}

interface SegmentCount extends SeriesIdentity {
  segments: number;
}

/** What the statements of a commit have done. */
export class ReturnedRows {
  private readonly inserted: ReadonlySet<string | undefined>;
  private readonly kept: ReadonlySet<string | undefined>;
  private readonly aside: ReadonlySet<string | undefined>;
  private readonly segments: ReadonlyMap<string, number>;
  private readonly patients: ReadonlyMap<string | undefined, string | null | undefined>;

  constructor(rows: readonly ReturnedRow[]) {
    this.inserted = new Set(rows.map(({ version }) => version));
    this.kept = new Set(rows.map((row) => row.kept));
    this.aside = new Set(rows.map((row) => row.aside));
    this.segments = new Map(rows.map((row) => [seriesKey(row), row.segments ?? 0]));
    this.patients = new Map(rows.map((row) => [row.describedStudy, row.patientID]));
  }

  /** How the commit took an instance; undefined when it did not. */
  resultOf({ version }: InstanceRecord): 'kept' | 'aside' | 'stored' | undefined {
    if (this.kept.has(version)) return 'kept';
    if (this.aside.has(version)) return 'aside';
    return this.inserted.has(version) ? 'stored' : undefined;
  }

  /** How many metadata segments the series of an instance has now. */
  segmentsOf(instance: InstanceRecord): number {
    return this.segments.get(seriesKey(instance)) ?? 0;
  }

  /** The Patient ID by which the index describes the study of an instance. */
  patientIDOf({ studyInstanceUID }: InstanceIdentity): string | null | undefined {
    return this.patients.get(studyInstanceUID);
  }
}

/** What the index has in place of the instances that a commit did not take. */
export class OtherStates {
  private readonly known: ReadonlyMap<InstanceRecord | undefined, KnownState>;
  private readonly hidden: ReadonlyMap<InstanceRecord | undefined, AsideState>;
  private readonly removed: ReadonlySet<string | undefined>;

  /** @param others the instances that were looked up */
  constructor(others: readonly InstanceRecord[], { known, hidden, removed }: FoundStates) {
    this.known = new Map(known.map((state) => [others[state.place], state]));
    this.hidden = new Map(hidden.map((state) => [others[state.place], state]));
    this.removed = removed;
  }

  /** Whether the index has the UIDs of an instance. */
  has(instance: InstanceRecord): boolean {
    return this.known.has(instance) || this.hidden.has(instance);
  }

  /** Whether the bytes of an instance counted, and have been removed since. */
  hasRemoved({ version }: InstanceRecord): boolean {
    return this.removed.has(version);
  }

  knownOf(instance: InstanceRecord): KnownState | undefined {
    return this.known.get(instance);
  }

  hiddenOf(instance: InstanceRecord): AsideState | undefined {
    return this.hidden.get(instance);
  }
}

/** What became of an instance. */
export function outcomeOf(
  instance: InstanceRecord,
  returned: ReturnedRows,
  others: OtherStates,
  duplicates: CommitGroup['duplicates'],
): Tried {
  const seriesSegments = returned.segmentsOf(instance);
  const taken = returned.resultOf(instance);
  if (taken === 'kept' || taken === 'aside') return { result: taken, seriesSegments };
  const hidden = others.hiddenOf(instance);
  if (hidden !== undefined) return { ...asideResult(instance, hidden, duplicates), seriesSegments };
  // Stored by a first try whose response was lost, and deleted or replaced since: a removed instance has these bytes.
  if (others.hasRemoved(instance)) return { result: 'stored', seriesSegments };
  const known = others.knownOf(instance);
  const { result, heldVersion } = taken === undefined ? resultOf(instance, known) : { result: taken };
  const isLate = result === 'conflict' && (known === undefined || duplicates === 'replace');
  const patientIDOfStudy = returned.patientIDOf(instance);
  return {
    result,
    seriesSegments,
    patientIDOfStudy,
    ...(heldVersion !== undefined && { heldVersion }),
    ...(isLate && { isLate }),
  };
}

/** @param known absent in the rare case that the instance has been deleted since */
function resultOf(
  { version, digest }: InstanceRecord,
  known: KnownState | undefined,
): Pick<CommitOutcome, 'result' | 'heldVersion'> {
  // Inserted by a first try whose response was lost.
  if (known?.version === version) return { result: 'stored' };
  if (known?.kept === version) return { result: 'kept' };
  if (known?.kept != null) return { result: 'kept before', heldVersion: known.kept };
  return known?.digest === digest ? { result: 'identical', heldVersion: known.version } : { result: 'conflict' };
}

function seriesKey({ studyInstanceUID, seriesInstanceUID }: Partial<SeriesIdentity>): string {
  return `${studyInstanceUID}/${seriesInstanceUID}`;
}
