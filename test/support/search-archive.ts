import { env } from 'cloudflare:workers';
import { TAG } from '../../src/archive/attributes';
import type { CommitGroup, InstanceRecord, SeriesRecord, StudyRecord } from '../../src/archive/commit';
import { vrOf } from '../../src/dicom/dictionary';
import type { DicomJson } from '../../src/dicom/json-model';
import { foldPersonName } from '../../src/dicom/person-name';
import { d1Index } from '../../src/storage/d1-index';

export type Values = Readonly<Record<string, string | number | readonly (string | number | object)[]>>;

export interface SeriesSample {
  readonly uid: string;
  readonly values: Values;
  readonly instances: readonly { uid: string; sopClassUID: string; number: number | null; frames?: number }[];
}

export interface StudySample {
  readonly uid: string;
  readonly values: Values;
  readonly series: readonly SeriesSample[];
}

/** Puts studies into the index the way a store does, without their bytes: searches read nothing else. */
export async function indexStudies(samples: readonly StudySample[]): Promise<void> {
  const group: CommitGroup = {
    studies: samples.map(studyRecord),
    series: samples.flatMap((study) => study.series.map((series) => seriesRecord(study, series))),
    segments: samples.flatMap((study) =>
      study.series.map((series) => ({ ...identity(study, series), name: series.uid, byteLength: 1, entryCount: 1 })),
    ),
    instances: samples.flatMap((study) => study.series.flatMap((series) => instanceRecords(study, series))),
    duplicates: 'reject',
    now: 0,
    purgeAt: 0,
  };
  await d1Index(env.DB).commit(group);
}

/** DICOM JSON of attributes by tag. */
function dataSet(values: Values): DicomJson {
  return Object.fromEntries(
    Object.entries(values).map(([tag, value]) => {
      const vr = vrOf(tag) ?? 'UN';
      const list = Array.isArray(value) ? value : [value];
      return [tag, { vr, Value: vr === 'PN' ? list.map((name) => ({ Alphabetic: name })) : list }];
    }),
  );
}

function text(values: Values, tag: string): string | null {
  const value = values[tag];
  return value === undefined ? null : String(value);
}

function studyRecord({ uid, values }: StudySample): StudyRecord {
  const name = (tag: string) => (values[tag] === undefined ? null : foldPersonName(String(values[tag])));
  return {
    studyInstanceUID: uid,
    studyDate: text(values, TAG.studyDate),
    studyTime: text(values, TAG.studyTime),
    accessionNumber: text(values, TAG.accessionNumber),
    studyDescription: text(values, TAG.studyDescription),
    studyID: text(values, TAG.studyID),
    patientID: text(values, TAG.patientID),
    patientName: name(TAG.patientName),
    referringPhysicianName: name(TAG.referringPhysicianName),
    attributes: dataSet(values),
  };
}

function identity(study: StudySample, series: SeriesSample) {
  return { studyInstanceUID: study.uid, seriesInstanceUID: series.uid };
}

function seriesRecord(study: StudySample, series: SeriesSample): SeriesRecord {
  const { values } = series;
  const items = (values[TAG.requestAttributesSequence] ?? []) as readonly DicomJson[];
  const first = (item: DicomJson, tag: string) => String(item[tag]?.Value?.[0] ?? '');
  return {
    ...identity(study, series),
    modality: text(values, TAG.modality),
    seriesNumber: values[TAG.seriesNumber] === undefined ? null : Number(values[TAG.seriesNumber]),
    performedProcedureStepStartDate: text(values, TAG.performedProcedureStepStartDate),
    performedProcedureStepStartTime: text(values, TAG.performedProcedureStepStartTime),
    requests: items.map((item) => ({
      scheduledProcedureStepID: first(item, TAG.scheduledProcedureStepID),
      requestedProcedureID: first(item, TAG.requestedProcedureID),
    })),
    attributes: dataSet(values),
  };
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
    layout: { object: 'dcm' },
    segment: series.uid,
    offset: 0,
    length: 1,
    start: 0,
    end: 1,
  }));
}
