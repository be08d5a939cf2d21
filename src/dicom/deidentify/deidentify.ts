import type { DicomJson } from '../json/json-model';
import type { Deidentification, Pseudonym } from './deidentification';
import { PersonalWords } from './personal-words';
import { Replacement } from './replacement';
import { statements } from './statements';

/**
 * Returns a data set from which everything that could identify the patient and other persons is removed, except what
 * the options retain: the Basic Application Level Confidentiality Profile (PS3.15 E.2, table E.1-1) and its options
 * (E.3), stated as E.1.1 requires. Items of sequences are treated like the data set. See docs/deidentification.md for the
 * choices that the standard leaves open.
 *
 * Pixel data and waveforms stay: this function does not detect text burned into the image or recognisable features, but
 * identifyingPixels says which images to withhold. A BulkDataURI of this archive names the replaced UIDs afterwards.
 *
 * @returns another data set, which may share unchanged attributes with the given one
 */
export async function deidentify(dataSet: DicomJson, by: Deidentification): Promise<DicomJson> {
  return Object.assign(await deidentifyPart(dataSet, by, dataSet), statements(dataSet, by.options));
}

/**
 * Does the same for some attributes of a data set, without the statements.
 * @param whole the data set, or at least its attributes of the patient and the study
 */
export async function deidentifyPart(dataSet: DicomJson, by: Deidentification, whole: DicomJson): Promise<DicomJson> {
  const replacement = new Replacement(by, await pseudonymOf(whole, by), new PersonalWords(whole));
  const result = replacement.dataSet(dataSet, false);
  await replacement.finish();
  return result;
}

/** The replacement of the patient that a data set belongs to; without a Patient ID, its name or its study stands for it. */
async function pseudonymOf(dataSet: DicomJson, by: Deidentification): Promise<Pseudonym> {
  const patientID = textOf(dataSet, '00100020');
  if (patientID !== '') return await by.pseudonym(`${patientID}\n${textOf(dataSet, '00100021')}`);
  const name = dataSet['00100010']?.Value?.[0];
  const known = name ? JSON.stringify(name) : textOf(dataSet, '0020000D');
  return await by.pseudonym(`\n${known}`);
}

function textOf(dataSet: DicomJson, tag: string): string {
  const value = dataSet[tag]?.Value?.[0];
  return value === undefined || value === null ? '' : String(value).trim();
}
