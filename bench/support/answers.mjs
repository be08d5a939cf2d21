import { PICTURES } from './corpus.mjs';

/**
 * The requests that are sent to a DICOMweb server, beside those for plain frames: each kind of answer by its name.
 * @typedef {object} Asked
 * @property {string} kind of the series that is requested
 * @property {string} Accept
 * @property {(at: number, unique: number) => string} path below the series; `unique` is another number each time
 * @property {boolean} [decoded] the answer must contain exactly the samples of the picture
 */

const OCTETS = 'multipart/related; type="application/octet-stream"';
const EXPLICIT = '1.2.840.10008.1.2.1';

/** @param {number} at */
const instance = (at) => at % PICTURES;
const frame = (/** @type {string} */ rest) => (/** @type {number} */ at) => `{${instance(at)}}/frames/1${rest}`;
/** A window that nobody has requested yet, so that no cache has the answer. */
const another = (/** @type {string} */ rest) => (/** @type {number} */ at, /** @type {number} */ unique) =>
  `{${instance(at)}}/${rest}window=${500 + (unique % 977)},${1500 + Math.floor(unique / 977)},linear`;
/** @param {string} kind @returns {Asked} */
const decoded = (kind) => ({
  kind,
  Accept: `${OCTETS}; transfer-syntax=${EXPLICIT}`,
  path: frame(''),
  decoded: true,
});
/** A thumbnail of a size that nobody has requested yet. */
const size = (/** @type {number} */ unique) =>
  `viewport=${180 + (unique % 70)},${180 + (Math.floor(unique / 70) % 70)}`;

/** @type {Record<string, Asked>} */
export const ANSWERS = {
  'JPEG-LS frame as stored': { kind: 'JPEG-LS', Accept: `${OCTETS}; transfer-syntax=*`, path: frame('') },
  'JPEG-LS frame, decoded': decoded('JPEG-LS'),
  'JPEG 2000 frame, decoded': decoded('JPEG 2000'),
  'HTJ2K frame, decoded': decoded('HTJ2K'),
  'RLE frame, decoded': decoded('RLE'),
  'JPEG lossless frame, decoded': decoded('JPEG lossless'),
  'JPEG frame, decoded': { kind: 'JPEG', Accept: `${OCTETS}; transfer-syntax=${EXPLICIT}`, path: frame('') },
  'frame to JPEG-LS': {
    kind: 'native',
    Accept: 'multipart/related; type="image/jls"; transfer-syntax=1.2.840.10008.1.2.4.80',
    path: frame(''),
  },
  'rendered JPEG, new': { kind: 'native', Accept: 'image/jpeg', path: another('frames/1/rendered?') },
  'rendered PNG, new': { kind: 'native', Accept: 'image/png', path: another('frames/1/rendered?') },
  'rendered of JPEG 2000, new': { kind: 'JPEG 2000', Accept: 'image/jpeg', path: another('frames/1/rendered?') },
  'rendered JPEG, again': { kind: 'native', Accept: 'image/jpeg', path: frame('/rendered') },
  'thumbnail, new': {
    kind: 'native',
    Accept: 'image/jpeg',
    path: (at, unique) => `{${instance(at)}}/thumbnail?${size(unique)}`,
  },
  'thumbnail, kept': { kind: 'native', Accept: 'image/jpeg', path: (at) => `{${instance(at)}}/thumbnail` },
  'implicit file to explicit': {
    kind: 'implicit',
    Accept: `multipart/related; type="application/dicom"; transfer-syntax=${EXPLICIT}`,
    path: (at) => `{${instance(at)}}`,
  },
  'JPEG-LS file to explicit': {
    kind: 'JPEG-LS',
    Accept: `multipart/related; type="application/dicom"; transfer-syntax=${EXPLICIT}`,
    path: (at) => `{${instance(at)}}`,
  },
};

/**
 * @param {string} root
 * @param {Map<string, import('./corpus.mjs').Series>} pictures
 * @param {string} name
 * @param {number} at
 * @param {number} unique
 * @returns {import('./client.mjs').Call}
 */
export function callOf(root, pictures, name, at, unique) {
  const asked = ANSWERS[name];
  const series = pictures.get(asked?.kind ?? '');
  if (asked === undefined || series === undefined) throw new Error(`There is no request for ${name}.`);
  const { study, series: uid, instances } = series;
  const path = asked.path(at, unique).replace(/\{(\d+)\}/, (_, number) => `instances/${instances[Number(number)]}`);
  return { url: `${root}/studies/${study}/series/${uid}/${path}`, headers: { Accept: asked.Accept } };
}
