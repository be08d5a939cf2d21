import { ConfigError } from './table.mjs';

/**
 * @typedef {import('./table.mjs').Table} Table
 *
 * @typedef {object} ForwardSettings
 * @property {number} bytes of a request
 * @property {number} instances of a request
 * @property {number} lanes
 * @property {number} settle milliseconds
 * @property {boolean} compress uncompressed images are compressed without loss
 * @property {{ first: number, longest: number }} backOff milliseconds
 * @property {number} bytesPerSecond Infinity: no limit
 * @property {import('../forward/bandwidth.mjs').Window[]} windows
 */

/**
 * Reads [forward].
 * @param {Table} table
 * @returns {ForwardSettings}
 * @throws {ConfigError}
 */
export function forwardSection(table) {
  const result = {
    bytes: table.number('requestBytes', 90_000_000, 1000),
    instances: table.number('requestInstances', 200, 1, 5000),
    lanes: table.number('parallelRequests', 2, 1, 32),
    settle: table.number('settleSeconds', 1) * 1000,
    compress: table.flag('compress', false),
    backOff: {
      first: table.number('backOffSeconds', 1, 0.01) * 1000,
      longest: table.number('longestBackOffSeconds', 120, 0.01) * 1000,
    },
    bytesPerSecond: rate(table),
    windows: table.tables('window').map((window) => {
      const hours = { from: minutes(window, 'from'), to: minutes(window, 'to'), bytesPerSecond: rate(window) };
      window.end();
      return hours;
    }),
  };
  table.end();
  return result;
}

/** Bytes a second for which the archive does not end a request as too slow, with two requests at the same time. */
const SLOWEST = 100_000;

/** @param {Table} table */
function rate(table) {
  const bytes = table.number('bytesPerSecond', Number.POSITIVE_INFINITY);
  if (bytes > 0 && bytes < SLOWEST) throw new ConfigError(`bytesPerSecond must be 0 or at least ${SLOWEST}`);
  return bytes;
}

/**
 * @param {Table} table
 * @param {string} name
 */
function minutes(table, name) {
  const [, hour, minute] = /^([01]?\d|2[0-4]):([0-5]\d)$/.exec(table.requiredText(name)) ?? [];
  if (hour === undefined) throw new ConfigError(`forward.window.${name} must be a time such as "07:30"`);
  return Number(hour) * 60 + Number(minute);
}
