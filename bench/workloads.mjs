/**
 * @typedef {import('./client.mjs').Call} Call
 * @typedef {object} Calls
 * @property {(at: number) => Call} frame
 * @property {() => Call} series
 * @property {() => Call} metadata
 * @property {() => Call} list
 * @property {(run: string) => Call[]} storeTogether
 * @property {(run: string) => Call[]} storeSingly
 */

/**
 * @typedef {{ name: string, calls: Calls, prepare(): Promise<{ metadata: Buffer, list: Buffer }> }} Subject
 * @typedef {object} Workload
 * @property {string} title
 * @property {number} connections
 * @property {number} rounds
 * @property {number} [target] of the bare Worker's rate
 * @property {(calls: Calls, run: string) => Call[]} of
 */

/** @param {number} count @param {(at: number) => Call} call */
const times = (count, call) => Array.from({ length: count }, (_, at) => call(at));

/** @type {Workload[]} */
export const WORKLOADS = [
  { title: 'frame, 1 connection', connections: 1, rounds: 7, target: 0.8, of: ({ frame }) => times(100, frame) },
  { title: 'frame, 8 connections', connections: 8, rounds: 7, target: 0.8, of: ({ frame }) => times(200, frame) },
  { title: 'series of 200 slices', connections: 1, rounds: 7, target: 0.8, of: ({ series }) => [series()] },
  { title: 'series metadata', connections: 1, rounds: 7, of: ({ metadata }) => times(40, metadata) },
  { title: 'study list, 101 of 300', connections: 1, rounds: 7, of: ({ list }) => times(60, list) },
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
    target: 0.6,
    of: ({ storeSingly }, run) => storeSingly(run),
  },
];
