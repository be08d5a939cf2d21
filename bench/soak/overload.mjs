import { quantile } from '../../test/support/storm.ts';
import { Client } from '../client.mjs';

/** Clients, and for how long they ask. */
const CLIENTS = 120;
const SECONDS = 20;
/** Milliseconds in which a quick answer comes; on a busy machine, so many times what it took before the load. */
const QUICK_MS = 500;
const TIMES_AS_LONG = 2;
const ASKED_BEFORE = 20;
/** Quick answers in a row that show that the archive has recovered. */
const IN_A_ROW = 4;
/** Seconds after which the archive counts as not recovered. */
const GIVEN_UP = 60;

/**
 * Overloads the archive with requests for pictures that nobody has asked for before.
 * @param {string} origin
 * @param {import('./studies.mjs').Studies} studies
 * @returns {Promise<{ statuses: Record<string, number>, seconds: number }>} the answers by status, where 503 has Retry-After, and the
 *   seconds from the end of the load until answers were quick
 */
export async function overload(origin, studies) {
  const random = { below: (/** @type {number} */ limit) => Math.floor(Math.random() * limit) };
  const statuses = /** @type {Record<string, number>} */ ({});
  const count = (/** @type {string} */ status) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  const pathOf = () => {
    const study = studies.oneOf('here', random);
    if (study === undefined) throw new Error('no study is stored');
    return `${origin}/dicomweb/studies/${study.study}/series/${study.series}/instances/${study.instances[0]}`;
  };
  const before = new Client(1);
  const askQuick = async (/** @type {Client} */ client) => {
    const begun = Date.now();
    const { status } = await client.send({
      url: `${pathOf()}/metadata`,
      headers: { Accept: 'application/dicom+json' },
    });
    return status === 200 ? Date.now() - begun : Number.POSITIVE_INFINITY;
  };
  const usual = [];
  for (let at = 0; at < ASKED_BEFORE; at += 1) usual.push(await askQuick(before));
  before.close();
  const quickMs = Math.max(QUICK_MS, TIMES_AS_LONG * quantile(usual, 0.95));
  const end = Date.now() + SECONDS * 1000;
  const ask = async () => {
    const client = new Client(1);
    while (Date.now() < end) {
      const url = `${pathOf()}/rendered?viewport=2048,2048&window=${random.below(4000)},${1 + random.below(4000)},linear`;
      try {
        const { status, headers } = await client.send({ url, headers: { Accept: 'image/png' } });
        count(status === 503 && headers['retry-after'] === undefined ? '503 without Retry-After' : String(status));
      } catch (error) {
        count(/** @type {Error} */ (error).message);
      }
    }
    client.close();
  };
  await Promise.all(Array.from({ length: CLIENTS }, ask));
  // The last answers came after the end of the load.
  const client = new Client(1);
  let quick = 0;
  let since = Date.now();
  while (quick < IN_A_ROW && Date.now() - end < GIVEN_UP * 1000) {
    const begun = Date.now();
    if ((await askQuick(client)) <= quickMs) quick += 1;
    else quick = 0;
    if (quick === 1) since = begun;
  }
  client.close();
  return { statuses, seconds: quick < IN_A_ROW ? Number.POSITIVE_INFINITY : Math.max(0, since - end) / 1000 };
}
