/** Failure Reason (0008,1197) of PS3.18 table I.2-2, and this archive's own. @type {Record<number, string>} */
const FAILURES = {
  42752: 'The file is larger than this archive allows, or the archive is full.',
  43264: 'The file does not say to which study, series and instance it belongs.',
  49152: 'The file cannot be read as DICOM.',
  49153: 'The file is not a DICOM file.',
  49154: 'The file is cut short: it ends before its data set does.',
  49442: 'The archive does not accept the transfer syntax of the file.',
  272: 'The archive could not store the file. Send it again.',
  273: 'The archive already has other content under the UIDs of the file, and keeps that content.',
};

/** Warning Reason (0008,1196) of PS3.18 table I.2-1, and this archive's own. @type {Record<number, string>} */
const WARNINGS = {
  45056: 'The archive changed some values to standard ones.',
  45062: 'The archive left out some elements.',
  45063: 'Some values do not fit their attributes. They are stored as they were sent.',
  45329:
    'The archive already has other content under the UIDs of the file. That content stays current, and this file is kept beside it.',
};

/**
 * An item of Failed SOP Sequence or Other Failures Sequence in words.
 * @param {import('./outcome.mjs').Item} item
 */
export function failureText(item) {
  const code = Number(item['00081197']?.Value?.[0] ?? 0);
  return `${FAILURES[code] ?? 'The archive refused the file.'} (Failure Reason ${hexadecimal(code)}H${attribute(item)})`;
}

/**
 * An item of Referenced SOP Sequence with a warning, in words.
 * @param {import('./outcome.mjs').Item} item
 * @returns {string | undefined} nothing without a warning
 */
export function warningText(item) {
  const code = item['00081196']?.Value?.[0];
  if (code === undefined) return undefined;
  const text = WARNINGS[Number(code)] ?? 'The archive stored the file with a warning.';
  return `${text} (Warning Reason ${hexadecimal(Number(code))}H${attribute(item)})`;
}

/** @param {number} code */
function hexadecimal(code) {
  return code.toString(16).toUpperCase().padStart(4, '0');
}

/** The first of Failed Attributes Sequence (0074,1048). @param {import('./outcome.mjs').Item} item */
function attribute(item) {
  const selector = /** @type {any} */ (item['00741048']?.Value?.[0]);
  const tag = selector?.['00720026']?.Value?.[0];
  return typeof tag === 'string' ? `, attribute (${tag.slice(0, 4)},${tag.slice(4)})` : '';
}
