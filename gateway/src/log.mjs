/**
 * @typedef {'info' | 'warning' | 'error'} Level
 * @typedef {Record<string, string | number | boolean | undefined>} Fields
 * @typedef {(level: Level, event: string, fields?: Fields) => void} Log writes one line of JSON, without values of patients
 */

/**
 * @param {(line: string) => void} write
 * @returns {Log}
 */
export function jsonLog(write) {
  return (level, event, fields = {}) =>
    write(JSON.stringify({ time: new Date().toISOString(), level, event, ...fields }));
}
