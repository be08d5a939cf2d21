/** Failure Reason (0008,1197) of PS3.18 table I.2-2, and this archive's own; by their hexadecimal digits. @type {Record<string, string>} */
const FAILURES = {
  A700: 'The file is larger than this archive allows, or the archive is full.',
  A900: 'The file does not say to which study, series and instance it belongs, or of which kind it is.',
  C000: 'The file cannot be read as DICOM.',
  C001: 'The file is not a DICOM file.',
  C002: 'The file is cut short: it ends before its data set does.',
  C122: 'The archive does not accept the transfer syntax of the file.',
  '0110': 'The archive could not store the file. Send it again.',
  '0124': 'Your permission to store had ended before the archive could store the file.',
  '0111': 'The archive already has other content under the UIDs of the file, and keeps that content.',
};

/** Warning Reason (0008,1196) of PS3.18 table I.2-1, and this archive's own; by their hexadecimal digits. @type {Record<string, string>} */
const WARNINGS = {
  B000: 'The archive changed some values to standard ones.',
  B006: 'The archive left out some elements.',
  B007: 'Some values do not fit their attributes. They are stored as they were sent.',
  B111: 'The archive already has other content under the UIDs of the file. That content stays current, and this file is kept beside it.',
  B112: 'The study has images with another Patient ID. The archive shows the study under the ID that came first.',
};

/**
 * An item of Failed SOP Sequence or Other Failures Sequence in words.
 * @param {import('./outcome.mjs').Item} item
 */
export function failureText(item) {
  const code = hexadecimal(item['00081197']?.Value?.[0] ?? 0);
  return `${FAILURES[code] ?? 'The archive refused the file.'} (Failure Reason ${code}H${attribute(item)})`;
}

/**
 * An item of Referenced SOP Sequence with a warning, in words.
 * @param {import('./outcome.mjs').Item} item
 * @returns {string | undefined} nothing without a warning
 */
export function warningText(item) {
  const value = item['00081196']?.Value?.[0];
  if (value === undefined) return undefined;
  const code = hexadecimal(value);
  return `${WARNINGS[code] ?? 'The archive stored the file with a warning.'} (Warning Reason ${code}H${attribute(item)})`;
}

/** What is wrong with a ZIP file, or with a file in it. @type {Record<string, string>} */
const DETAILS = {
  'no-directory': 'The ZIP file is cut short: it has no directory at its end.',
  split: 'The ZIP file is one of several volumes. Join them first.',
  malformed: 'The ZIP file is broken.',
  'too-many-members': 'There are too many files in the ZIP file.',
  encrypted: 'The ZIP file is encrypted.',
  'unknown-method': 'The ZIP file has a compression that the archive does not know.',
  checksum: 'The file is damaged in the ZIP file.',
  bomb: 'The ZIP file would become far too long when it is unpacked.',
  lost: 'The bytes were lost in the archive. Send the file again.',
  failing: 'The archive tried many times, and could not store the file. Send it again.',
  'not-authorized': 'Your permission to store had ended before the archive could store the file.',
  'not-dicom': 'This is not a DICOM file.',
  dicomdir: 'This is a DICOMDIR: a directory of other files, without an image.',
  'nested-zip': 'This is a ZIP file in a ZIP file. Send it by itself.',
};

/** @param {string | undefined} detail of a result @returns {string} empty without one that is known */
export function detailText(detail) {
  return DETAILS[detail ?? ''] ?? '';
}

/** @param {unknown} code */
function hexadecimal(code) {
  return Number(code).toString(16).toUpperCase().padStart(4, '0');
}

/** The first of Failed Attributes Sequence (0074,1048). @param {import('./outcome.mjs').Item} item */
function attribute(item) {
  const selector = /** @type {any} */ (item['00741048']?.Value?.[0]);
  const tag = selector?.['00720026']?.Value?.[0];
  return typeof tag === 'string' ? `, attribute (${tag.slice(0, 4)},${tag.slice(4)})` : '';
}
