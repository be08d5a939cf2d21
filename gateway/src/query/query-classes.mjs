/** The levels of Query/Retrieve, from above: PS3.4 C.6. */
export const LEVELS = /** @type {const} */ (['PATIENT', 'STUDY', 'SERIES', 'IMAGE']);

/** @typedef {typeof LEVELS[number]} Level */

/** The tag of the unique key of each level: PS3.4 C.6.1.1, C.6.2.1. */
export const UNIQUE_KEYS = /** @type {const} */ ({
  PATIENT: 0x00100020,
  STUDY: 0x0020000d,
  SERIES: 0x0020000e,
  IMAGE: 0x00080018,
});

/**
 * @typedef {object} Model
 * @property {string} find SOP class UIDs
 * @property {string} move
 * @property {string} get
 * @property {readonly Level[]} levels
 */

/** Patient Root and Study Root: PS3.4 C.6. */
const MODELS = /** @type {readonly Model[]} */ ([
  {
    find: '1.2.840.10008.5.1.4.1.2.1.1',
    move: '1.2.840.10008.5.1.4.1.2.1.2',
    get: '1.2.840.10008.5.1.4.1.2.1.3',
    levels: LEVELS,
  },
  {
    find: '1.2.840.10008.5.1.4.1.2.2.1',
    move: '1.2.840.10008.5.1.4.1.2.2.2',
    get: '1.2.840.10008.5.1.4.1.2.2.3',
    levels: LEVELS.slice(1),
  },
]);

/**
 * The model to which a SOP class belongs.
 * @param {string} sopClassUID
 * @param {'find' | 'move' | 'get'} operation
 */
export function modelOf(sopClassUID, operation) {
  return MODELS.find((model) => model[operation] === sopClassUID);
}
