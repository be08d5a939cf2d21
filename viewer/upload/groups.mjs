/** @typedef {import('./look.mjs').Item} Item */
/** @typedef {import('./look.mjs').Instance} Instance */
/** @typedef {{ uid: string, number: string, modality: string, description: string, instances: Instance[] }} Series */
/** @typedef {{ uid: string, date: string, description: string, series: Series[] }} Study */
/** @typedef {{ name: string, id: string, studies: Study[] }} Patient */

/**
 * Groups files by patient, study and series. Files without UIDs form a group too: the archive decides about them.
 * @param {readonly Item[]} items
 * @returns {Patient[]} ordered by name, date and series number
 */
export function grouped(items) {
  /** @type {Map<string, Patient & { found: Map<string, Study & { found: Map<string, Series> }> }>} */
  const patients = new Map();
  for (const instance of items.flatMap(({ instances }) => instances)) {
    const { head } = instance;
    const { patientName: name, patientID: id, studyDate: date, studyDescription, seriesDescription, modality } = head;
    const patient = entry(patients, `${id}\n${name}`, () => ({ name, id, studies: [], found: new Map() }));
    const study = entry(patient.found, head.studyInstanceUID, () => ({
      uid: head.studyInstanceUID,
      date,
      description: studyDescription,
      series: [],
      found: new Map(),
    }));
    const series = entry(study.found, head.seriesInstanceUID, () => ({
      uid: head.seriesInstanceUID,
      number: head.seriesNumber,
      modality,
      description: seriesDescription,
      instances: [],
    }));
    series.instances.push(instance);
  }
  return [...patients.values()].sort(by(({ name, id }) => `${name}\n${id}`)).map(({ found, ...patient }) => ({
    ...patient,
    studies: [...found.values()].sort(by(({ date }) => date)).map(({ found: series, ...study }) => ({
      ...study,
      series: [...series.values()].sort((one, other) => Number(one.number) - Number(other.number)),
    })),
  }));
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
