import { createHash } from 'node:crypto';
import { parts } from '../scripts/check-files/http.mjs';
import { STOW_HEADERS, stowBody } from '../test/support/stow-client.ts';
import { Client } from './client.mjs';
import { ctSeries, FRAME_BYTES, SLICES, smallStudies } from './series.mjs';

const OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';
const DICOM = 'multipart/related; type="application/dicom"; transfer-syntax=*';
const JSON_TYPE = 'application/dicom+json';

/**
 * A server of DICOMweb as a subject: what each workload asks of it.
 * @param {string} name
 * @param {string} root
 * @returns {import('./workloads.mjs').Subject}
 */
export function dicomwebSubject(name, root) {
  const stored = ctSeries('retrieved');
  const seriesURL = `${root}/studies/${stored.study}/series/${stored.series}`;
  /** @param {string} url @param {string} Accept */
  const get = (url, Accept) => ({ url, headers: { Accept } });
  /** @param {Buffer[]} files */
  const store = (files) => ({ url: `${root}/studies`, method: 'POST', headers: STOW_HEADERS, body: stowBody(files) });
  const calls = {
    frame: (/** @type {number} */ at) =>
      get(`${seriesURL}/instances/${stored.instances[at % SLICES]}/frames/1`, OCTETS),
    series: () => get(seriesURL, DICOM),
    metadata: () => get(`${seriesURL}/metadata`, JSON_TYPE),
    list: () =>
      get(`${root}/studies?limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060`, JSON_TYPE),
    storeTogether: (/** @type {string} */ run) => [store(ctSeries(`${name} together ${run}`).files)],
    storeSingly: (/** @type {string} */ run) => ctSeries(`${name} singly ${run}`).files.map((file) => store([file])),
  };
  return { name, calls, prepare };

  /** Stores what is retrieved, and checks every kind of answer. */
  async function prepare() {
    const client = new Client(1);
    const small = smallStudies();
    for (let at = 0; at < small.length; at += 100) {
      equal((await client.send(store(small.slice(at, at + 100)), true)).status, 200, 'STOW of small studies');
    }
    const answer = await client.send(store(stored.files), true);
    equal(answer.status, 200, 'STOW');
    equal(JSON.parse(answer.body.toString())['00081199'].Value.length, SLICES, 'instances stored');
    const frame = partsOf(await client.send(calls.frame(7), true));
    equal(frame.length === 1 && digest(frame[0]), digest(stored.files[7]?.subarray(-FRAME_BYTES)), 'frame');
    const whole = partsOf(await client.send(calls.series(), true));
    equal(whole.map(digest).sort().join(), stored.files.map(digest).sort().join(), 'series');
    const metadata = await client.send(calls.metadata(), true);
    equal(JSON.parse(metadata.body.toString()).length, SLICES, 'instances in metadata');
    const list = await client.send(calls.list(), true);
    equal(JSON.parse(list.body.toString()).length, 101, 'studies listed');
    client.close();
    return { metadata: metadata.body, list: list.body };
  }
}

/** @param {import('./client.mjs').Answer} answer */
function partsOf({ headers, body }) {
  return parts({ headers: new Headers({ 'Content-Type': headers['content-type'] ?? '' }), body }).map(
    (part) => part.body,
  );
}

/** @param {Uint8Array | undefined} bytes */
function digest(bytes) {
  return createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');
}

/** @param {unknown} got @param {unknown} expected @param {string} what */
export function equal(got, expected, what) {
  if (got !== expected)
    throw new Error(`${what}: expected ${String(expected).slice(0, 100)}, got ${String(got).slice(0, 100)}`);
}
