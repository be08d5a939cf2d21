/** @typedef {import('./files/look.mjs').Item} Item */
/** @typedef {import('./files/look.mjs').Instance} Instance */
/** @typedef {{ uid: string, number: string, modality: string, description: string, instances: Instance[] }} Series */
/** @typedef {{ uid: string, date: string, description: string, series: Series[] }} Study */
/** @typedef {{ name: string, id: string, studies: Study[] }} Patient */

/**
 * Groups files by patient, study and series, as the archive does: a Study Instance UID is one study, whatever its files say of the
 * patient. Files without UIDs form a group too: the archive decides about them.
 * @param {readonly Item[]} items
 * @returns {Patient[]} ordered by name, date and series number
 */
export function grouped(items) {
  /** @type {Map<string, Omit<Patient, 'studies'> & { studies: (Study & { found: Map<string, Series> })[] }>} */
  const patients = new Map();
  /** @type {Map<string, Study & { found: Map<string, Series> }>} */
  const studies = new Map();
  for (const instance of items.flatMap(({ instances }) => instances)) {
    const { head } = instance;
    const { patientName: name, patientID: id, studyDate: date, studyDescription, seriesDescription, modality } = head;
    const who = patientOf(head);
    const study = entry(studies, head.studyInstanceUID || `of ${who}`, () => {
      const made = {
        uid: head.studyInstanceUID,
        date,
        description: studyDescription,
        series: [],
        found: new Map(),
      };
      entry(patients, who, () => ({ name, id, studies: [] })).studies.push(made);
      return made;
    });
    const series = entry(study.found, head.seriesInstanceUID, () => ({
      uid: head.seriesInstanceUID,
      number: head.seriesNumber,
      modality,
      description: seriesDescription,
      instances: [],
    }));
    series.instances.push(instance);
  }
  return [...patients.values()].sort(by(({ name, id }) => `${name}\n${id}`)).map((patient) => ({
    ...patient,
    studies: patient.studies.sort(by(({ date }) => date)).map(({ found: series, ...study }) => ({
      ...study,
      series: [...series.values()].sort((one, other) => Number(one.number) - Number(other.number)),
    })),
  }));
}

/**
 * Which patient: a Patient ID is unique with its issuer (PS3.3 C.2.1.1). A name may be written in several ways.
 * @param {import('./files/head.mjs').Head} head
 */
function patientOf({ patientID, issuerOfPatientID, patientName }) {
  return patientID === '' ? `name ${patientName}` : `ID ${patientID}\n${issuerOfPatientID}`;
}

/**
 * @template T
 * @param {Map<string, T>} map
 * @param {string} key
 * @param {() => T} make
 * @returns {T}
 */
function entry(map, key, make) {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** @template T @param {(value: T) => string} text */
function by(text) {
  return (/** @type {T} */ one, /** @type {T} */ other) => text(one).localeCompare(text(other));
}
