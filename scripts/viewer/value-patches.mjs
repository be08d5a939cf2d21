/** @typedef {import('./apply-patches.mjs').Patch} Patch */

/** OHIF has these in several files. @param {readonly string[]} numbers of the files @param {Omit<Patch, 'file'>} patch */
const inEach = (numbers, patch) =>
  numbers.map((number) => ({ file: new RegExp(`^${number}\\.bundle\\.[0-9a-f]+\\.js$`), ...patch }));

/** Standardized uptake values of PET: viewer/suv.mjs. @type {readonly Patch[]} */
const SUV = [
  ...inEach(['8478', '2493', 'app'], {
    why: 'values that are corrected to the time of the injection are not corrected again, and others than those of START and ADMIN give no SUV',
    find: '    const decayTimeInSec = scanTime.getTimeInSec() - startTime.getTimeInSec();\n',
    put: '    const decayTimeInSec = window.archiveViewer.decaySeconds(instances[0].DecayCorrection, scanTime.getTimeInSec() - startTime.getTimeInSec());\n',
  }),
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the start of the radiopharmaceutical is in the time zone of the scan',
    find: '    RadiopharmaceuticalStartDateTime: radiopharmaceuticalInfo.RadiopharmaceuticalStartDateTime,\n',
    put: '    RadiopharmaceuticalStartDateTime: window.archiveViewer.startOfDose(radiopharmaceuticalInfo, dicomMetaData),\n',
  },
  ...inEach(['2493', 'app'], {
    why: 'it is too where Cornerstone itself reads it; without a known time zone there is no SUV',
    find: `    const radiopharmaceuticalStartDateTime = ri.RadiopharmaceuticalStartDateTime;\n`,
    put: `    let radiopharmaceuticalStartDateTime;
    try {
        radiopharmaceuticalStartDateTime = window.archiveViewer.startOfDose(ri, data);
    }
    catch {
        return null;
    }
`,
  }),
];

/** The studies that are offered beside one that is open: viewer/priors.mjs. @type {readonly Patch[]} */
const PRIORS = [
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'searches for studies return Issuer of Patient ID',
    find: `  '00100030' // Patient's Birth Date\n`,
    put: `  '00100030', // Patient's Birth Date\n  '00100021' // Issuer of Patient ID\n`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the list of studies has it',
    find: `    mrn: getString(qidoStudy['00100020']) || '',\n`,
    put: `    mrn: getString(qidoStudy['00100020']) || '',\n    issuer: getString(qidoStudy['00100021']) || '',\n`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'studies of other patients, whose IDs only match the ID as a search key, are not offered beside a study',
    find: `  return dataSource.query.studies.search({
    patientId: mrn,
    disableWildcard: true
  });`,
    put: `  return window.archiveViewer.studiesOfPatient(qidoForStudyUID, await dataSource.query.studies.search({
    patientId: mrn,
    disableWildcard: true
  }));`,
  },
];

/**
 * Changes to OHIF 3.13.2, so that values are right and belong to the patient.
 * @type {readonly Patch[]}
 */
export const VALUE_PATCHES = [...SUV, ...PRIORS];
