import { createHash } from 'node:crypto';

/**
 * Ellipses of the cross section of a body: centre and half axes as fractions of the image, and how much brighter they
 * are.
 */
const BODY = [
  { x: 0.5, y: 0.5, a: 0.42, b: 0.34, value: 1000 },
  { x: 0.36, y: 0.45, a: 0.12, b: 0.2, value: -750 },
  { x: 0.66, y: 0.45, a: 0.12, b: 0.19, value: -740 },
  { x: 0.5, y: 0.71, a: 0.05, b: 0.06, value: 700 },
  { x: 0.54, y: 0.42, a: 0.07, b: 0.1, value: 60 },
];

/** Standard deviation of a scanner's noise, in stored values. */
const NOISE = 14;

/**
 * Makes a picture like those of scanners: smooth areas with soft edges, and noise everywhere. 12 bits of 16; lossless
 * compression reduces it to about half.
 * @param {string} seed the same seed makes the same picture
 * @param {number} rows
 * @param {number} columns
 */
export function picture(seed, rows, columns) {
  const random = noise(seed);
  const samples = new Uint16Array(rows * columns);
  const shift = (createHash('sha256').update(seed).digest()[0] ?? 0) / 255 / 20;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      let value = 60 + 30 * Math.sin((row + column) / 90);
      for (const { x, y, a, b, value: more } of BODY) {
        const distance = Math.hypot((column / columns - x) / (a + shift), (row / rows - y) / b);
        if (distance < 1) value += more * Math.min(1, (1 - distance) * 40) * (1 + 0.05 * Math.sin(distance * 9));
      }
      samples[row * columns + column] = Math.max(0, Math.min(4095, Math.round(value + NOISE * random())));
    }
  }
  return samples;
}

/** Its upper 8 bits. @param {Uint16Array} samples */
export function eightBits(samples) {
  return Buffer.from(samples.map((value) => Math.min(255, value >> 3)));
}

/** Nearly normal, of variance 1. @param {string} seed */
function noise(seed) {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(4) | 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return () => (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
}
