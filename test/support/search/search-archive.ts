import type { CommitGroup, InstanceRecord } from '../../../src/archive/commit-group';
import { type AttributeReader, seriesRecord, studyRecord } from '../../../src/archive/store/records';
import { vrOf } from '../../../src/dicom/dictionary/dictionary';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { parsePersonName } from '../../../src/dicom/values/person-name';
import { openArchive } from '../../../src/storage/open-archive';
import { testBindings } from '../platform/bindings';

/** Values of attributes, by their tags. */
export type Values = Readonly<Record<string, string | number | readonly (string | number | object)[]>>;

interface SeriesSample {
  readonly uid: string;
  readonly values: Values;
  readonly instances: readonly { uid: string; sopClassUID: string; number: number | null; frames?: number }[];
}

/** A study to be put into the index. */
export interface StudySample {
  readonly uid: string;
  readonly values: Values;
  readonly series: readonly SeriesSample[];
}

/** Puts studies into the index as a store does, without their bytes, because searches read nothing else. */
export async function indexStudies(samples: readonly StudySample[]): Promise<void> {
  await openArchive('', testBindings()).index.commit(commitGroupOf(samples));
}

/** What a store of these studies commits, at time 0, a metadata segment a series. */
export function commitGroupOf(samples: readonly StudySample[]): CommitGroup {
  return {
    studies: samples.map(({ uid, values }) => studyRecord(uid, attributesOf(values))),
    series: samples.flatMap((study) =>
      study.series.map((series) => seriesRecord(identity(study, series), attributesOf(series.values))),
    ),
    segments: samples.flatMap((study) =>
      study.series.map((series) => ({ ...identity(study, series), name: series.uid, byteLength: 1, entryCount: 1 })),
    ),
    instances: samples.flatMap((study) => study.series.flatMap((series) => instanceRecords(study, series))),
    duplicates: 'reject',
    now: 0,
    purgeAt: 0,
  };
}

/** DICOM JSON of attributes by tag. */
function dataSet(values: Values): DicomJson {
  return Object.fromEntries(
    Object.entries(values).map(([tag, value]) => {
      const vr = vrOf(tag) ?? 'UN';
      const list = Array.isArray(value) ? value : [value];
      return [tag, { vr, Value: vr === 'PN' ? list.map((name) => parsePersonName(String(name))) : list }];
    }),
  );
}

function attributesOf(values: Values): AttributeReader {
  const attributes = dataSet(values);
  return (tag) => attributes[tag];
}

function identity(study: StudySample, series: SeriesSample) {
  return { studyInstanceUID: study.uid, seriesInstanceUID: series.uid };
}

function instanceRecords(study: StudySample, series: SeriesSample): InstanceRecord[] {
  return series.instances.map(({ uid, sopClassUID, number, frames }) => ({
    ...identity(study, series),
    sopInstanceUID: uid,
    sopClassUID,
    instanceNumber: number,
    rows: 512,
    columns: 256,
    bitsAllocated: 16,
    numberOfFrames: frames ?? null,
    transferSyntaxUID: '1.2.840.10008.1.2.1',
    version: `version-${uid}`,
    byteLength: 1,
    digest: uid,
    crc32: 0,
    layout: { object: 'dcm' },
    segment: series.uid,
    offset: 0,
    length: 1,
    start: 0,
    end: 1,
  }));
}
