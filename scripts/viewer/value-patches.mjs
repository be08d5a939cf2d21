/** @typedef {import('./apply-patches.mjs').Patch} Patch */

/** OHIF has these in several files. @param {readonly string[]} numbers of the files @param {Omit<Patch, 'file'>} patch */
const inEach = (numbers, patch) =>
  numbers.map((number) => ({ file: new RegExp(`^${number}\\.bundle\\.[0-9a-f]+\\.js$`), ...patch }));

/** Standardized uptake values of PET: viewer/ohif/suv.mjs. @type {readonly Patch[]} */
const SUV = [
  ...inEach(['8478', '2493', 'app'], {
    why: 'values that are corrected to the time of the injection are not corrected again, and others than those of START and ADMIN give no SUV',
    find: '    const decayTimeInSec = scanTime.getTimeInSec() - startTime.getTimeInSec();\n',
    put: '    const decayTimeInSec = window.archiveViewer.decaySeconds(instances[0].DecayCorrection, scanTime.getTimeInSec() - startTime.getTimeInSec());\n',
  }),
  ...inEach(['8478', '2493', 'app'], {
    why: 'the sex O, for which there is no lean body mass, leaves the other values',
    find: '  } else if (PatientSex === null || PatientSex === undefined) {\n',
    put: "  } else if (PatientSex !== 'F' && PatientSex !== 'M') {\n",
  }),
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the start of the radiopharmaceutical is in the time zone of the scan',
    find: '    RadiopharmaceuticalStartDateTime: radiopharmaceuticalInfo.RadiopharmaceuticalStartDateTime,\n',
    put: '    RadiopharmaceuticalStartDateTime: window.archiveViewer.startOfDose(radiopharmaceuticalInfo, dicomMetaData),\n',
  },
  ...inEach(['2493', 'app'], {
    why: 'the start of the radiopharmaceutical is in the time zone of the scan where Cornerstone itself reads it; without a known time zone there is no SUV',
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

/** What OHIF reads of a PET image for its SUV. @type {readonly Patch[]} */
const READ_FOR_SUV = [
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'g/ml of another SUV Type are no SUV of the body weight, and a dose of 0 gives none',
    find: `  if (dicomMetaData.PatientWeight === undefined) {
    console.warn(`,
    put: `  window.archiveViewer.checkSuv(dicomMetaData, radionuclideTotalDose, radionuclideHalfLife);
  if (dicomMetaData.PatientWeight === undefined) {
    console.warn(`,
  },
  ...[
    ['suvScaleFactor', '00'],
    ['activityConcentrationScaleFactor', '09'],
  ].map(([name, element]) => ({
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the private factors of Philips are those under the creator of Philips',
    find: `  const ${name} = coerceNumber(dicomMetaData['705310${element}']);`,
    put: `  const ${name} = coerceNumber(window.archiveViewer.privateValue(dicomMetaData, '7053', 'Philips PET Private Group', '${element}'));`,
  })),
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the private time of a scan by GE is that under the creator of GE; the archive writes tags in capital letters',
    find: `  if (dicomMetaData['0009100d'] !== undefined) {
    instanceMetadata.GEPrivatePostInjectionDateTime = dicomMetaData['0009100d'];`,
    put: `  const scanTimeOfGE = window.archiveViewer.scanTimeOfGE(dicomMetaData);
  if (scanTimeOfGE !== undefined) {
    instanceMetadata.GEPrivatePostInjectionDateTime = scanTimeOfGE;`,
  },
];

/** Cine: viewer/ohif/cine.mjs. @type {readonly Patch[]} */
const CINE = [
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the frames of an image follow each other as fast as it says; OHIF calls the milliseconds of a frame FrameRate',
    find: '    FrameRate: instance.FrameTime,\n',
    put: '    FrameRate: window.archiveViewer.frameTime(instance),\n',
    times: 2,
  },
];

/** Whose the studies are that are open, and that are offered beside them: viewer/ohif/priors.mjs. @type {readonly Patch[]} */
const PRIORS = [
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the same Patient ID of two issuers is two patients, and a study without one is of one patient',
    find: `      if (instance.PatientID !== PatientID) {
        isMixedPatients = true;
      }
    });
`,
    put: `    });
    const opened = displaySets.map(one => one?.instances?.[0] || one?.instance);
    isMixedPatients = window.archiveViewer.hasOtherPatients(opened, PatientID);
`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the comparison of patients gets the instance, and not its Patient ID alone',
    find: `    checkMixedPatients(instance.PatientID || null);
`,
    put: `    checkMixedPatients(instance);
`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'searches for studies return Issuer of Patient ID',
    find: `  '00100030' // Patient's Birth Date\n`,
    put: `  '00100030', // Patient's Birth Date\n  '00100021' // Issuer of Patient ID\n`,
  },
  {
    file: /^89\.bundle\.[0-9a-f]+\.js$/,
    why: 'the list of studies has Issuer of Patient ID',
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

const IN_REGION = `handle[0] >= region.regionLocationMinX0 &&
            handle[0] <= region.regionLocationMaxX1 &&
            handle[1] >= region.regionLocationMinY0 &&
            handle[1] <= region.regionLocationMaxY1) &&
`;
const PROBE_IN_REGION = `imageIndex[0] >= region.regionLocationMinX0 &&
            imageIndex[0] <= region.regionLocationMaxX1 &&
            imageIndex[1] >= region.regionLocationMinY0 &&
            imageIndex[1] <= region.regionLocationMaxY1);
`;

/** Measurements in regions of ultrasound images: viewer/ohif/regions.mjs. @type {readonly Patch[]} */
const REGIONS = [
  ...inEach(['4712', '6495', '8033'], {
    why: 'the region that counts is the one of high priority, and one without units counts as pixels',
    find: `calibration.sequenceOfUltrasoundRegions.find((region) => handles.every((handle) => ${IN_REGION}`,
    put: `window.archiveViewer.regionsOf(calibration.sequenceOfUltrasoundRegions, handles).find((region) =>
`,
  }),
  ...inEach(['4712', '6495', '8033'], {
    why: 'the region of a single point is the one of high priority, and one without units counts as pixels',
    find: `supportedRegionsMetadata.find((region) => ${PROBE_IN_REGION}`,
    put: `window.archiveViewer.regionsOf(calibration.sequenceOfUltrasoundRegions, [imageIndex]).find((region) => supportedRegionsMetadata.includes(region));
`,
  }),
  ...inEach(['4712', '6495'], {
    why: 'the area of a circle is right in a region whose pixels are not square',
    find: `                const area = Math.PI * radius * radius;
                const perimeter = 2 * Math.PI * radius;
`,
    put: '                const { area, perimeter, shownRadius } = window.archiveViewer.circle(image, calibrate, points, radius);\n',
  }),
  ...inEach(['4712', '6495'], {
    why: 'a circle has no radius in a region whose pixels are not square',
    find: `                    radius,
                    radiusUnit: unit,
`,
    put: `                    radius: shownRadius,
                    radiusUnit: unit,
`,
  }),
  ...inEach(['4712', '6495'], {
    why: 'the list of values of a circle has no radius in a region whose pixels are not square',
    find: "                    name: 'radius',\n                    value: radius,\n",
    put: "                    name: 'radius',\n                    value: shownRadius,\n",
  }),
  ...inEach(['4712', '6495'], {
    why: 'the area of an oblique ellipse is right in a region whose pixels are not square',
    find: '                    const area = Math.abs(Math.PI * (width / 2) * (height / aspect / 2));\n',
    put: '                    const area = window.archiveViewer.ellipseArea(image, calibrate, points, Math.abs(Math.PI * (width / 2) * (height / aspect / 2)));\n',
  }),
  ...inEach(['4712', '6489'], {
    why: 'the area of an outline that is drawn freely is in the units of its region: it was in pixels',
    find: `                    calibratedScale,
                    deltaInX,
`,
    put: `                    calibratedScale,
                    deltaInX: deltaInX * window.archiveViewer.areaFactor(image, calibratedScale),
`,
  }),
  ...inEach(['4712', '6495'], {
    why: 'the areas of splines and of Livewire outlines need the units of their region',
    find: '                const { areaUnit } = (0,',
    put: '                const { areaUnit, ...calibrated } = (0,',
    times: 2,
  }),
  ...inEach(['4712', '6495'], {
    why: 'the area of a Livewire outline is in the units of its region',
    find: '                    area,\n                    areaUnit: areaUnit,\n',
    put: '                    area: area * window.archiveViewer.areaFactor(image, calibrated),\n                    areaUnit: areaUnit,\n',
  }),
  ...inEach(['4712', '6495'], {
    why: 'the area of a spline is in the units of its region',
    find: '                    area,\n                    areaUnit,\n                };\n',
    put: '                    area: area * window.archiveViewer.areaFactor(image, calibrated),\n                    areaUnit,\n                };\n',
  }),
  ...inEach(['4712', '6495'], {
    why: 'an angle is that between lines in the patient, or has no value',
    find: "                angle: isNaN(angle) ? 'Incomplete Angle' : angle,\n",
    put: "                angle: isNaN(angle) ? 'Incomplete Angle' : angle,\n                ...window.archiveViewer.angleOf(image, [[worldPos1, worldPos2], [worldPos2, worldPos3]]),\n",
  }),
  ...inEach(['4712', '6495'], {
    why: 'a Cobb angle is that between lines in the patient, or has no value',
    find: '(seg1, seg2),\n                arc1Angle,\n',
    put: '(seg1, seg2),\n                ...window.archiveViewer.angleOf(this.getTargetImageData(targetId), [seg1, seg2]),\n                arc1Angle,\n',
  }),
];

/**
 * Changes to OHIF 3.13.2, so that values are right and belong to the patient.
 * @type {readonly Patch[]}
 */
export const VALUE_PATCHES = [...SUV, ...READ_FOR_SUV, ...CINE, ...PRIORS, ...REGIONS];
