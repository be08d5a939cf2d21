import { characterSetOf } from '../../../src/dicom/values/character-sets.ts';

/**
 * Decodes a text of a data set to show it, with the code of the archive: the page shows the names that the archive will have.
 * Bytes that do not fit are replaced, never refused.
 * @param {Uint8Array} bytes
 * @param {string} characterSet the value of (0008,0005), empty where there is none
 * @param {boolean} isName of a person
 */
export function decodeText(bytes, characterSet, isName) {
  const text = characterSetOf(characterSet).decode(bytes, 0, bytes.length, isName, true);
  return text.replace(/[\0 ]+$/, '').trim();
}
