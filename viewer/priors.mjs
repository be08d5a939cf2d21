/*
 * The studies of a patient, for the list of the study browser. A search cannot ask for a Patient ID exactly: * and ? are wildcards that
 * nothing escapes (PS3.4 C.2.2.2.4), case does not count here, and the same ID of two issuers is two patients.
 */

/**
 * A study of a search, as OHIF has it. `mrn` is Patient ID.
 * @typedef {{ studyInstanceUid: string, mrn: string, issuer?: string }} Study
 */

/** Spaces at the ends of LO have no meaning: PS3.5 6.2. @param {string | undefined} text */
const meaning = (text) => (text ?? '').replace(/^ +| +$/g, '');

/**
 * Whether two studies are of one patient: the Patient IDs are the same, and the Issuers of Patient ID too where both studies name one.
 * @param {Study} one
 * @param {Study} other
 */
export function isOfSamePatient(one, other) {
  const [issuer, otherIssuer] = [meaning(one.issuer), meaning(other.issuer)];
  const isOtherIssuer = issuer !== '' && otherIssuer !== '' && issuer !== otherIssuer;
  return meaning(one.mrn) !== '' && meaning(one.mrn) === meaning(other.mrn) && !isOtherIssuer;
}

/**
 * The studies to offer beside one that is open.
 * @param {readonly Study[]} opened the answer to the search for the study that is open
 * @param {readonly Study[]} found the answer to the search for its Patient ID: also studies of other patients, and perhaps not all
 * @returns {Study[]} those of the same patient, the one that is open among them
 */
export function studiesOfPatient(opened, found) {
  const [study] = opened;
  if (study === undefined) return [];
  const others = found.filter((one) => isOfSamePatient(study, one));
  const hasOpened = others.some((one) => one.studyInstanceUid === study.studyInstanceUid);
  return hasOpened ? others : [study, ...others];
}
