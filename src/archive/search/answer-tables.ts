import type { QueryLevel } from './search-keys';
import { TAG } from './search-keys';

/**
 * How an attribute of the tables is returned. required: always; it is empty when its value is not known (type R, PS3.4
 * C.2.2.1). valued: only with a value, also when the request names the attribute. The tables have these attributes as
 * type R too. But clients read the values of modality, number, date or name of an attribute that is there without a
 * check: one study whose ModalitiesInStudy was empty broke the study list of OHIF 3.13 for all users. known: only when
 * its value is known (type C).
 */
export type Presence = 'required' | 'valued' | 'known';

/** PS3.18 table 10.6.3-3, and Study Description, which the table lacks and study lists show. */
const STUDY_TABLE: Readonly<Record<string, Presence>> = {
  [TAG.studyDate]: 'valued',
  [TAG.studyTime]: 'valued',
  [TAG.accessionNumber]: 'required',
  [TAG.modalitiesInStudy]: 'valued',
  [TAG.referringPhysicianName]: 'valued',
  [TAG.timezoneOffsetFromUTC]: 'known',
  [TAG.studyDescription]: 'required',
  [TAG.patientName]: 'valued',
  [TAG.patientID]: 'required',
  [TAG.patientBirthDate]: 'valued',
  [TAG.patientSex]: 'required',
  [TAG.studyID]: 'required',
  [TAG.numberOfStudyRelatedSeries]: 'valued',
  [TAG.numberOfStudyRelatedInstances]: 'valued',
};

/** PS3.18 table 10.6.3-4. */
const SERIES_TABLE: Readonly<Record<string, Presence>> = {
  [TAG.modality]: 'valued',
  [TAG.timezoneOffsetFromUTC]: 'known',
  [TAG.seriesDescription]: 'known',
  [TAG.seriesNumber]: 'valued',
  [TAG.numberOfSeriesRelatedInstances]: 'valued',
  [TAG.performedProcedureStepStartDate]: 'known',
  [TAG.performedProcedureStepStartTime]: 'known',
  [TAG.requestAttributesSequence]: 'known',
};

/** PS3.18 table 10.6.3-5. */
const INSTANCE_TABLE: Readonly<Record<string, Presence>> = {
  [TAG.sopClassUID]: 'required',
  [TAG.timezoneOffsetFromUTC]: 'known',
  [TAG.instanceNumber]: 'valued',
  [TAG.rows]: 'known',
  [TAG.columns]: 'known',
  [TAG.bitsAllocated]: 'known',
  [TAG.numberOfFrames]: 'known',
  [TAG.availableTransferSyntaxUID]: 'known',
};

/** The attributes of each level, with the tags in upper case. */
export const TABLES: Record<QueryLevel, Readonly<Record<string, Presence>>> = {
  study: STUDY_TABLE,
  series: SERIES_TABLE,
  instance: INSTANCE_TABLE,
};

/** Attributes that are returned only with a value, at every level. */
export const VALUED: ReadonlySet<string> = new Set(
  Object.values(TABLES).flatMap((table) => Object.keys(table).filter((tag) => table[tag] === 'valued')),
);
