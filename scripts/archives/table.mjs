/**
 * A setting of wrangler.toml that holds a table, such as ARCHIVES and ROLES. This module must not load wrangler, which takes
 * longer than the rest of `npm start` before the server begins.
 * @param {unknown} setting a table, or JSON text
 * @returns {Record<string, Record<string, unknown>>}
 */
export function tableOf(setting) {
  if (typeof setting !== 'string') return /** @type {Record<string, Record<string, unknown>>} */ (setting ?? {});
  return setting.trim() === '' ? {} : JSON.parse(setting);
}
