import { OPERATIONS } from './operations.mjs';
import { AWS, CLOUDFLARE, GOOGLE, INFREQUENT_ACCESS } from './prices.mjs';

/** The slices of the study whose operations were measured. */
const MEASURED_SLICES = 500;
const DAYS_A_MONTH = 30;
const GB = 1e9;

/**
 * What the bill is made from, besides the measured operations.
 * @typedef {object} Assumptions
 * @property {number} studiesPerDay on each day of a month of 30 days
 * @property {number} slices of a study, in one series
 * @property {number} years after which the bill is asked for; nothing is deleted until then
 * @property {number} sliceBytes of a slice of 512 x 512 x 16 bits, as stored
 * @property {number} slicesPerRequest that a sender puts into one STOW request
 * @property {number} views for each new study: how often a study, new or old, is opened and scrolled through
 * @property {number} oldViews those of them that are of studies in Infrequent Access
 * @property {number} [infrequentAfterDays] a rule of the bucket moves older objects to Infrequent Access; absent: none does
 * @property {number} verifiedPerHour GB of stored files that the hourly run reads, VERIFY_MB_PER_HOUR
 * @property {number} lists for each new study: how often the study list is shown
 * @property {boolean} copies FRAME_COPIES is "jpeg-ls"
 * @property {number} copyRatio bytes of a losslessly compressed copy, of the bytes of the slice
 * @property {number} databaseBytes of the index, for each instance
 * @property {number} storeMs CPU to store a slice
 * @property {number} copyMs CPU to compress a slice
 * @property {number} readMs CPU of any other request
 */

/** @type {Omit<Assumptions, 'studiesPerDay' | 'slices' | 'years'>} */
export const ASSUMED = {
  sliceBytes: 525_000,
  slicesPerRequest: 50,
  views: 3,
  oldViews: 1,
  verifiedPerHour: 2,
  lists: 10,
  copies: true,
  copyRatio: 0.5,
  databaseBytes: 650,
  storeMs: 8,
  copyMs: 35,
  readMs: 1,
};

/**
 * @typedef {object} Usage of one month
 * @property {number} requests
 * @property {number} cpu milliseconds
 * @property {number} classA
 * @property {number} classB
 * @property {number} rowsRead
 * @property {number} rowsWritten
 * @property {number} queue
 * @property {number} bucket GB at the end of the month
 * @property {number} database GB at the end of the month
 */

/**
 * What the archive uses in the last month of the years.
 * @param {Assumptions} assumptions
 * @returns {Usage}
 */
export function usage(assumptions) {
  const { studiesPerDay, slices, years, sliceBytes, slicesPerRequest, views, lists, copies, copyRatio } = assumptions;
  const studies = studiesPerDay * DAYS_A_MONTH;
  const scale = slices / MEASURED_SLICES;
  /** @param {'classA' | 'classB' | 'rowsRead' | 'rowsWritten' | 'messages'} unit */
  const total = (unit) => {
    /** @param {keyof typeof OPERATIONS} name */
    const of = (name) => OPERATIONS[name][unit];
    const arrival = (of('store a study of 500 slices, 50 a request') + of('merge its metadata')) * scale;
    const view =
      of('list the series of a study') +
      of('read the metadata of a series') +
      of('show it again') +
      (of('read 100 frames, one a request') / 100) * slices;
    return (
      studies *
        (arrival +
          of('copy its rows into the bucket') +
          of('make a thumbnail') +
          views * view +
          lists * of('show the study list')) +
      DAYS_A_MONTH * 24 * of('run the hourly sweep with nothing to do')
    );
  };
  const stored = studies * slices;
  const reads = studies * (views * (slices + 3) + lists);
  const kept = stored * 12 * years;
  // A copy is read from the slice and written beside it; its length goes into the row of the instance.
  const copied = copies ? stored : 0;
  return {
    requests: stored / slicesPerRequest + reads,
    cpu: stored * assumptions.storeMs + copied * assumptions.copyMs + reads * assumptions.readMs,
    classA: total('classA') + copied,
    classB: total('classB') + copied,
    rowsRead: total('rowsRead'),
    rowsWritten: total('rowsWritten') + copied,
    queue: total('messages') * 3,
    bucket: (kept * sliceBytes * (copies ? 1 + copyRatio : 1)) / GB,
    database: (kept * assumptions.databaseBytes) / GB,
  };
}

/**
 * The month's bill of Cloudflare, in dollars, by its lines.
 * @param {Assumptions} assumptions
 */
export function bill(assumptions) {
  const used = usage(assumptions);
  /** @param {Exclude<keyof typeof CLOUDFLARE, 'plan'>} unit @param {number} per */
  const line = (unit, per) => (Math.max(0, used[unit] - CLOUDFLARE[unit].included) / per) * CLOUDFLARE[unit].price;
  const million = 1e6;
  const old = oldObjects(assumptions, used.bucket);
  used.bucket -= old.stored;
  used.classB -= old.reads;
  return {
    'Workers plan': CLOUDFLARE.plan,
    'Workers requests': line('requests', million),
    'Workers CPU': line('cpu', million),
    'R2 storage': line('bucket', 1),
    'R2 Infrequent Access':
      old.stored * INFREQUENT_ACCESS.storage +
      old.retrieved * INFREQUENT_ACCESS.retrieval +
      (old.moves * INFREQUENT_ACCESS.classA + old.reads * INFREQUENT_ACCESS.classB) / million,
    'R2 class A': line('classA', million),
    'R2 class B': line('classB', million),
    'D1 storage': line('database', 1),
    'D1 rows read': line('rowsRead', million),
    'D1 rows written': line('rowsWritten', million),
    Queues: line('queue', million),
  };
}

/**
 * Of Infrequent Access: GB there; and in a month objects that are moved there, objects that are read, and GB that are read, by
 * viewers and by the verification, which goes through the whole archive once a week at most.
 * @param {Assumptions} assumptions
 * @param {number} bucket GB in all
 */
function oldObjects(assumptions, bucket) {
  const { infrequentAfterDays, years, studiesPerDay, slices, sliceBytes, oldViews, verifiedPerHour, copies } =
    assumptions;
  const days = years * 12 * DAYS_A_MONTH;
  if (infrequentAfterDays === undefined || infrequentAfterDays >= days)
    return { stored: 0, moves: 0, reads: 0, retrieved: 0 };
  const share = 1 - infrequentAfterDays / days;
  const arrived = studiesPerDay * DAYS_A_MONTH * slices;
  const reads = arrived * oldViews;
  const verified = Math.min(verifiedPerHour * 24 * DAYS_A_MONTH, (bucket * DAYS_A_MONTH) / 7);
  return {
    stored: bucket * share,
    moves: arrived * (copies ? 2 : 1),
    reads,
    retrieved: (reads * sliceBytes) / GB + verified * share,
  };
}

/** @param {Record<string, number>} lines */
export function sum(lines) {
  return Object.values(lines).reduce((total, line) => total + line, 0);
}

/**
 * The month's bills of other services for the same studies, in dollars: storage and requests. They also charge for traffic to
 * the internet, which is not counted; R2 does not.
 * @param {Assumptions} assumptions
 */
export function others(assumptions) {
  const { studiesPerDay, slices, years, sliceBytes, views, copyRatio } = assumptions;
  const { requests, database } = usage(assumptions);
  const kept = (studiesPerDay * DAYS_A_MONTH * slices * 12 * years * sliceBytes) / GB;
  // HealthImaging compresses losslessly, and keeps what was read in the last 30 days in its dearer tier.
  const read = Math.min(1, Math.max(1, views) / (12 * years));
  const compressed = kept * copyRatio;
  return {
    'AWS HealthImaging':
      compressed * (read * AWS.frequentAccess + (1 - read) * AWS.archiveAccess) + (requests / 1e6) * AWS.requests,
    'Google Cloud Healthcare API':
      kept * GOOGLE.blobs + database * GOOGLE.structured + (requests / 1e6) * GOOGLE.requests,
  };
}
