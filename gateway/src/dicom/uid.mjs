/**
 * Whether a text can be a UID (PS3.5 9.1). Components with leading zeros are let through: many systems write them.
 * @param {unknown} text
 * @returns {text is string}
 */
export function isUID(text) {
  return typeof text === 'string' && /^\d[\d.]{0,63}$/.test(text);
}
