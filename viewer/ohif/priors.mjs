/*
 * Which studies are of one patient: for the list of the study browser, and for the name over the images. A search
 * cannot ask for a Patient ID exactly: * and ? are wildcards that nothing escapes (PS3.4 C.2.2.2.4), case does not
 * count here, and the same ID of two issuers is two patients.
 */

/**
 * A study of a search, as OHIF has it. `mrn` is Patient ID.
 * @typedef {{ studyInstanceUid: string, mrn: string, issuer?: string }} Study
 */

/** Spaces at the ends of LO have no meaning: PS3.5 6.2. @param {string | undefined} text */
const meaning = (text) => (text ?? '').replace(/^ +| +$/g, '');

/**
 * Whether two studies are of one patient: the Patient IDs are the same, and the Issuers of Patient ID too where both
 * studies name one.
 * @param {Study} one
 * @param {Study} other
 */
function isOfSamePatient(one, other) {
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

/**
 * The attributes of an instance that say whose it is.
 * @typedef {{ StudyInstanceUID: string, PatientID?: string, IssuerOfPatientID?: string }} Instance
 */

/**
 * Whether images that are open are of another patient than the one whose name is shown.
 * @param {readonly (Instance | undefined)[]} opened
 * @param {Instance} shown
 */
export function hasOtherPatients(opened, shown) {
  return opened.some((one) => {
    if (one === undefined || one.StudyInstanceUID === shown.StudyInstanceUID) return false;
    return !isOfSamePatient(patientOf(one), patientOf(shown));
  });
}

/** @param {Instance} instance @returns {Study} */
function patientOf({ StudyInstanceUID, PatientID = '', IssuerOfPatientID = '' }) {
  return { studyInstanceUid: StudyInstanceUID, mrn: PatientID, issuer: IssuerOfPatientID };
}
