/*
 * Kinds of objects that the archive keeps and OHIF does not show: a name of each, and where it can be read. PS3.4 B.5 has
 * the SOP classes.
 */

const STORAGE = '1.2.840.10008.5.1.4.1.1.';

/** What is said of a kind, by the end of its SOP Class UID. The first entry that matches counts.  @type {readonly [RegExp, string][]} */
const KINDS = [
  [/^481\.2$/, 'This is a radiotherapy dose. This viewer shows it only together with the images that it belongs to.'],
  [/^481\.3$/, 'This is a structure set of radiotherapy: outlines that are drawn on other images.'],
  [/^481\./, 'This is a plan or a record of radiotherapy. It has no images; a treatment planning system reads it.'],
  [/^11\./, 'This is a presentation state: it says how other images are to be shown. This viewer does not apply it.'],
  [/^66$/, 'This is raw data of a device. It has no images; software of the manufacturer reads it.'],
  [/^66\.[13]$/, 'This is a registration: it says how images lie to each other. It has no images itself.'],
  [/^66\.2$/, 'These are fiducials: points that mark places in other images. This viewer does not show them.'],
  [/^66\.[4578]$/, 'This is a segmentation: regions that are marked on other images.'],
  [/^67$/, 'This is a table of real world values for other images. It has no images itself.'],
  [/^88\.59$/, 'This is a key object selection: it names images that somebody has chosen. It has no images itself.'],
  [/^88\./, 'This is a structured report.'],
  [/^9\./, 'This is a recording of curves (a waveform) of a kind that this viewer does not draw.'],
  [/^4\.2$/, 'This is a spectrum of magnetic resonance. It has no image; software for spectroscopy reads it.'],
  [/^104\.1$/, 'This is a PDF document.'],
  [/^104\.2$/, 'This is a clinical document (CDA). This viewer does not read it.'],
  [
    /^104\.[345]$/,
    'This is a three-dimensional model. This viewer does not show it; software for 3D printing reads it.',
  ],
  [/^77\.1\.6$/, 'This is a slide of pathology. The microscopy viewer shows it.'],
  [/^77\.1\.[124]\.1$/, 'This is a video.'],
  [/^78\./, 'These are measurements of the eye. This viewer does not show them.'],
  [/^30$/, 'This is a parametric map: values that belong to other images.'],
];

/** Values of a report's content items that refer to something, by their types (PS3.3 C.17.3.2.1). @type {Record<string, string>} */
const REFERENCES = {
  IMAGE: '(an image)',
  COMPOSITE: '(another object)',
  WAVEFORM: '(a waveform)',
  SCOORD: '(places in an image)',
  SCOORD3D: '(places in space)',
  TCOORD: '(points in time)',
  TABLE: '(a table)',
};

/** What OHIF's page of a report says where it cannot show a value. @param {string | undefined} valueType */
export function referenceWords(valueType) {
  return REFERENCES[valueType ?? ''] ?? '(not shown here)';
}

/** Whether the archive can make a page of an instance: reports and key object selections. @param {string | undefined} sopClassUID */
export function isReport(sopClassUID) {
  return sopClassUID?.startsWith(`${STORAGE}88.`) === true;
}

/**
 * Says what an instance is that is not shown as an image.
 * @param {string | undefined} sopClassUID
 * @returns {string} a sentence or two
 */
export function kindText(sopClassUID) {
  if (!sopClassUID) return 'Its kind (SOP class) is not known.';
  const known = sopClassUID.startsWith(STORAGE)
    ? KINDS.find(([end]) => end.test(sopClassUID.slice(STORAGE.length)))
    : undefined;
  if (known) return known[1];
  return sopClassUID.startsWith('1.2.840.10008.')
    ? `This viewer does not know objects of this kind (SOP class ${sopClassUID}).`
    : `This is an object of a manufacturer's own kind (SOP class ${sopClassUID}). Software of the manufacturer reads it.`;
}
