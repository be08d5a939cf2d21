import { Client } from '../support/client.mjs';
import { quantile } from '../support/quantiles.mjs';

/** Milliseconds in which a quick answer comes; on a busy machine, so many times what it took before the load. */
const QUICK_MS = 500;
const TIMES_AS_LONG = 2;
const ASKED_BEFORE = 20;
/** Quick answers in a row that show that the archive has recovered. */
const IN_A_ROW = 4;
/** Seconds after which the archive counts as not recovered. */
const GIVEN_UP = 60;

/**
 * What an overload left behind. Seconds count from the end of the load: from then on, no client sends a request of the load.
 * @typedef {object} Recovery
 * @property {Record<string, number>} statuses answers by status, where 503 has Retry-After
 * @property {number} metadata seconds until answers with metadata were quick
 * @property {number} pictures seconds until pictures that nobody had asked for were made quickly
 * @property {number} last seconds until the last request of the load had an answer; 0 where all clients have gone
 */

/**
 * Overloads the archive with requests for pictures that nobody has asked for before, and then looks how soon it answers quickly.
 * @param {string} origin
 * @param {import('./studies.mjs').Studies} studies
 * @param {{ clients?: number, seconds?: number, leave?: boolean }} [load] leave: the clients destroy their sockets at the end of the
 *   load; otherwise each waits for its last answer
 * @returns {Promise<Recovery>}
 */
export async function overload(origin, studies, { clients = 120, seconds = 20, leave = false } = {}) {
  const random = { below: (/** @type {number} */ limit) => Math.floor(Math.random() * limit) };
  const pathOf = () => {
    const study = studies.oneOf('here', random);
    if (study === undefined) throw new Error('no study is stored');
    return `${origin}/dicomweb/studies/${study.study}/series/${study.series}/instances/${study.instances[0]}`;
  };
  const picture = (/** @type {number} */ side) => ({
    url: `${pathOf()}/rendered?viewport=${side},${side}&window=${random.below(4000)},${1 + random.below(4000)},linear`,
    headers: { Accept: 'image/png' },
  });
  const metadata = () => ({ url: `${pathOf()}/metadata`, headers: { Accept: 'application/dicom+json' } });
  const probes = [await probe(metadata), await probe(() => picture(128))];
  const end = Date.now() + seconds * 1000;
  const asked = await ask(() => picture(2048), { clients, end, leave });
  const [quickMetadata, quickPictures] = await Promise.all(probes.map((recovered) => recovered(end)));
  const { statuses, last } = await asked.answers;
  return { statuses, metadata: quickMetadata ?? 0, pictures: quickPictures ?? 0, last };
}

/**
 * Clients that each ask for the next picture when the last one has come.
 * @param {() => import('../support/client.mjs').Call} call
 * @param {{ clients: number, end: number, leave: boolean }} load
 * @returns at the end of the load, with a promise of the answers
 */
async function ask(call, { clients, end, leave }) {
  const statuses = /** @type {Record<string, number>} */ ({});
  let last = end;
  const all = Array.from({ length: clients }, () => new Client(1));
  const work = all.map(async (client) => {
    while (Date.now() < end) {
      try {
        const { status, headers } = await client.send(call());
        const name =
          status === 503 && headers['retry-after'] === undefined ? '503 without Retry-After' : String(status);
        statuses[name] = (statuses[name] ?? 0) + 1;
        last = Math.max(last, Date.now());
      } catch (error) {
        const name = leave && Date.now() >= end ? 'left' : /** @type {Error} */ (error).message;
        statuses[name] = (statuses[name] ?? 0) + 1;
      }
    }
    client.close();
  });
  await new Promise((resolve) => setTimeout(resolve, end - Date.now()));
  if (leave) for (const client of all) client.close();
  return { answers: Promise.all(work).then(() => ({ statuses, last: leave ? 0 : (last - end) / 1000 })) };
}

/**
 * Learns how long an answer takes before the load.
 * @param {() => import('../support/client.mjs').Call} call
 * @returns a function that asks from the end of the load on, until answers are quick, and returns after how many seconds the first of
 *   them was asked for
 */
async function probe(call) {
  const time = async (/** @type {Client} */ client) => {
    const begun = Date.now();
    const { status } = await client.send(call());
    return status === 200 ? Date.now() - begun : Number.POSITIVE_INFINITY;
  };
  const before = new Client(1);
  const usual = [];
  for (let at = 0; at < ASKED_BEFORE; at += 1) usual.push(await time(before));
  before.close();
  const quickMs = Math.max(QUICK_MS, TIMES_AS_LONG * quantile(usual, 0.95));
  return async (/** @type {number} */ end) => {
    const client = new Client(1);
    let quick = 0;
    let since = Date.now();
    while (quick < IN_A_ROW && Date.now() - end < GIVEN_UP * 1000) {
      const begun = Date.now();
      const took = await time(client);
      quick = took <= quickMs ? quick + 1 : 0;
      if (quick === 1) since = begun;
      // A client that was answered 503 at once does not ask a thousand times a second.
      if (took === Number.POSITIVE_INFINITY) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    client.close();
    return quick < IN_A_ROW ? Number.POSITIVE_INFINITY : Math.max(0, since - end) / 1000;
  };
}
