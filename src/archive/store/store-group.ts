import type { ParsedInstance } from '../../dicom/instance/instance-reader';
import type {
  CommitGroup,
  DuplicateSettings,
  InstanceRecord,
  SegmentRecord,
  SeriesRecord,
  StudyRecord,
} from '../commit-group';
import type { SegmentLocation } from '../metadata/metadata-segment';
import type { ExtraAttribute } from '../search-attributes/extra-attributes';
import { ValueSet } from '../search-attributes/value-set';
import type { ReceivedInstance } from './incoming/incoming-instance';
import { attributesOf, instanceRecord, seriesRecord, studyRecord } from './records';

/** An instance as the index will keep it, without the location of its metadata. */
export type ArrivedRecord = Omit<InstanceRecord, keyof SegmentLocation>;

/**
 * Characters of records, as JSON, that one request may hold until its commit: 5,000 slices of one series take less than
 * half. They travel to D1 in one batch, and a second time in the same batch when instances are replaced or kept aside.
 */
const HELD_CHARACTERS = 8 * 1024 * 1024;

/** How often one request may replace an instance that it sends itself: each time takes statements of its own. */
const MOST_CHANGES = 16;

/** Collects the records of one request's instances, within bounds. */
export class StoreGroup {
  private readonly values: ValueSet;
  /**
   * The last content of each instance of the request, by its UIDs, and how often the content differed from the one
   * before.
   */
  private readonly contents = new Map<string, { readonly digest: string; readonly changes: number }>();
  /**
   * Studies as the first instance of each describes them, or as a later instance that replaces another one of the
   * request describes them.
   */
  private readonly studies = new Map<string, StudyRecord>();
  private readonly series = new Map<string, SeriesRecord>();
  private held = 0;

  constructor(
    private readonly settings: DuplicateSettings,
    searchAttributes: readonly ExtraAttribute[] = [],
  ) {
    this.values = new ValueSet(searchAttributes);
  }

  /**
   * Adds the record of an instance.
   * @returns undefined when the request already holds too much to add this instance: then nothing of it is kept
   */
  add(received: ReceivedInstance): ArrivedRecord | undefined {
    const { parsed } = received;
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = parsed;
    const record = instanceRecord(parsed, received);
    const seriesKey = `${studyInstanceUID}/${seriesInstanceUID}`;
    const before = this.contents.get(`${seriesKey}/${sopInstanceUID}`);
    const replaces = this.settings.duplicates === 'replace' && before !== undefined;
    const changes = before === undefined ? 0 : before.changes + (before.digest === record.digest ? 0 : 1);
    if (replaces && changes > MOST_CHANGES) return undefined;
    const described = this.describe(parsed, seriesKey, replaces);
    const characters = [record, ...Object.values(described)].reduce((sum, one) => sum + JSON.stringify(one).length, 0);
    if (this.held + characters > HELD_CHARACTERS) return undefined;
    this.held += characters;
    if (described.series !== undefined) this.series.set(seriesKey, described.series);
    if (described.study !== undefined) this.studies.set(studyInstanceUID, described.study);
    this.contents.set(`${seriesKey}/${sopInstanceUID}`, { digest: record.digest, changes });
    this.values.add(parsed, record.version);
    return record;
  }

  /** Holds only studies and series of instances that arrived: the index must not get a series without an instance. */
  of(instances: readonly InstanceRecord[], segments: readonly SegmentRecord[], now: number): CommitGroup {
    const studies = new Set(instances.map(({ studyInstanceUID }) => studyInstanceUID));
    const series = new Set(instances.map((one) => `${one.studyInstanceUID}/${one.seriesInstanceUID}`));
    const described = {
      studies: [...this.studies].flatMap(([key, record]) => (studies.has(key) ? [record] : [])),
      series: [...this.series].flatMap(([key, record]) => (series.has(key) ? [record] : [])),
    };
    const { duplicates, retentionMs } = this.settings;
    const values = this.values.group(described.studies, described.series);
    return { now, duplicates, purgeAt: now + retentionMs, ...described, values, segments, instances };
  }

  private describe(
    parsed: ParsedInstance,
    seriesKey: string,
    replaces: boolean,
  ): { study?: StudyRecord; series?: SeriesRecord } {
    const { studyInstanceUID } = parsed;
    if (this.series.has(seriesKey) && !replaces) return {};
    const attribute = attributesOf(parsed);
    const series = seriesRecord(parsed, attribute);
    if (!replaces && this.studies.has(studyInstanceUID)) return { series };
    return { series, study: studyRecord(studyInstanceUID, attribute) };
  }
}
