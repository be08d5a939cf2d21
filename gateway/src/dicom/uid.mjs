/**
 * Whether a text can be used as a UID, even if it is not valid by PS3.5 9.1: the archive stores such instances with a
 * warning.
 * @param {unknown} text
 * @returns {text is string}
 */
export function isUsableUID(text) {
  return typeof text === 'string' && /^[\dA-Za-z._-]{1,128}$/.test(text) && text !== '.' && text !== '..';
}
