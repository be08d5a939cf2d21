import { ANSWERS } from './answers.mjs';

/**
 * @typedef {import('./client.mjs').Call} Call
 * @typedef {object} Calls
 * @property {(at: number) => Call} frame
 * @property {() => Call} series
 * @property {() => Call} zip
 * @property {(of: string, at: number) => Call} answer one of `ANSWERS`
 * @property {() => Call} metadata
 * @property {() => Call} list
 * @property {(run: string) => Call[]} storeTogether
 * @property {(run: string) => Call[]} storeSingly
 */

/**
 * @typedef {{ metadata: Buffer, list: Buffer, answers: Map<string, Buffer> }} Bodies what the archive answered; of the
 *   `ANSWERS` that it has
 * @typedef {{ name: string, calls: Calls, prepare(): Promise<Bodies> }} Subject
 * @typedef {object} Workload
 * @property {string} title
 * @property {number} connections
 * @property {number} rounds
 * @property {number} [target] of the bare Worker's rate
 * @property {string} [answer] the kind it asks for, which a peer may not have
 * @property {boolean} [alone] no peer has it
 * @property {(calls: Calls, run: string) => Call[]} of
 */

/** Requests in a round, with one connection and with eight. Slow requests are sent less often. */
const QUICK = /** @type {const} */ ([60, 160]);
const SLOW = /** @type {const} */ ([24, 48]);

/** @param {number} count @param {(at: number) => Call} call */
const times = (count, call) => Array.from({ length: count }, (_, at) => call(at));

/** @type {Workload[]} */
export const WORKLOADS = [
  { title: 'frame, 1 connection', connections: 1, rounds: 7, target: 0.85, of: ({ frame }) => times(100, frame) },
  { title: 'frame, 8 connections', connections: 8, rounds: 7, target: 0.85, of: ({ frame }) => times(200, frame) },
  { title: 'series of 200 slices', connections: 1, rounds: 7, target: 0.85, of: ({ series }) => [series()] },
  { title: 'series of 200, ZIP', connections: 1, rounds: 5, target: 0.8, alone: true, of: ({ zip }) => [zip()] },
  ...Object.keys(ANSWERS).flatMap(answers),
  { title: 'series metadata', connections: 1, rounds: 7, target: 0.7, of: ({ metadata }) => times(40, metadata) },
  { title: 'study list, 101 of 300', connections: 1, rounds: 7, target: 0.6, of: ({ list }) => times(60, list) },
  {
    title: 'STOW, 200 in a request',
    connections: 1,
    rounds: 5,
    target: 0.6,
    of: ({ storeTogether }, run) => storeTogether(run),
  },
  {
    title: 'STOW, 1 in a request, 8 c.',
    connections: 8,
    rounds: 3,
    target: 0.75,
    of: ({ storeSingly }, run) => storeSingly(run),
  },
];

/** @param {string} name @returns {Workload[]} */
function answers(name) {
  const counts = /again|kept|stored|implicit/.test(name) ? QUICK : SLOW;
  return [1, 8].map((connections, at) => ({
    title: `${name}, ${connections} c.`,
    connections,
    rounds: 3,
    answer: name,
    of: ({ answer }) => times(counts[at] ?? 1, (number) => answer(name, number)),
  }));
}
