import { createHash } from 'node:crypto';
import { STOW_HEADERS, stowBody } from '../../test/support/clients/stow-client.ts';
import { ANSWERS, callOf } from '../support/answers.mjs';
import { Client } from '../support/client.mjs';
import { partsOf } from '../support/multipart.mjs';
import { picture } from '../support/pictures.mjs';
import { ctSeries, FRAME_BYTES, SLICES, smallStudies } from '../support/series.mjs';

const OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';
const DICOM = 'multipart/related; type="application/dicom"; transfer-syntax=*';
const ZIP = 'application/zip; transfer-syntax=*';
const JSON_TYPE = 'application/dicom+json';

/**
 * A server of DICOMweb as a subject: what each workload asks of it.
 * @param {string} name
 * @param {string} root
 * @param {() => Promise<Map<string, import('../support/corpus.mjs').Series>>} [storedPictures] stores them, when it is called; absent: none
 * @returns {import('../support/workloads.mjs').Subject}
 */
export function dicomwebSubject(name, root, storedPictures) {
  let pictures = /** @type {Map<string, import('../support/corpus.mjs').Series>} */ (new Map());
  let unique = 0;
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
    zip: () => get(seriesURL, ZIP),
    answer: (/** @type {string} */ of, /** @type {number} */ at) => {
      unique += 1;
      return callOf(root, pictures, of, at, unique);
    },
    metadata: () => get(`${seriesURL}/metadata`, JSON_TYPE),
    list: () =>
      get(`${root}/studies?limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060`, JSON_TYPE),
    storeTogether: (/** @type {string} */ run) => [store(ctSeries(`${name} together ${run}`).files)],
    storeSingly: (/** @type {string} */ run) => ctSeries(`${name} singly ${run}`).files.map((file) => store([file])),
  };
  return { name, calls, prepare };

  /** Stores the instances that are retrieved later, and checks every kind of answer. */
  async function prepare() {
    const client = new Client(1);
    const small = smallStudies();
    for (let at = 0; at < small.length; at += 100) {
      equal((await client.send(store(small.slice(at, at + 100)), true)).status, 200, 'STOW of small studies');
    }
    const answer = await client.send(store(stored.files), true);
    equal(answer.status, 200, 'STOW');
    equal(JSON.parse(answer.body.toString())['00081199'].Value.length, SLICES, 'instances stored');
    const frame = await sentParts(client, calls.frame(7));
    equal(frame.length === 1 && digest(frame[0]), digest(stored.files[7]?.subarray(-FRAME_BYTES)), 'frame');
    const whole = await sentParts(client, calls.series());
    equal(whole.map(digest).sort().join(), stored.files.map(digest).sort().join(), 'series');
    const metadata = await client.send(calls.metadata(), true);
    equal(JSON.parse(metadata.body.toString()).length, SLICES, 'instances in metadata');
    const list = await client.send(calls.list(), true);
    equal(JSON.parse(list.body.toString()).length, 101, 'studies listed');
    const answers = new Map();
    if (storedPictures === undefined) return { metadata: metadata.body, list: list.body, answers };
    pictures = await storedPictures();
    for (const of of Object.keys(ANSWERS)) {
      const answer = await client.send(calls.answer(of, 3), true);
      const right = answer.status === 200 && (!ANSWERS[of]?.decoded || isPicture(answer, 3));
      if (right) answers.set(of, answer.body);
      else console.log(`${name} has no ${of}: ${answer.status}`);
    }
    client.close();
    return { metadata: metadata.body, list: list.body, answers };
  }
}

/** Whether an answer is the samples of a picture. @param {import('../support/client.mjs').Answer} answer @param {number} at */
function isPicture({ headers, body }, at) {
  const [part] = partsOf(headers['content-type'] ?? '', body);
  return part?.equals(Buffer.from(picture(`picture ${at}`, 512, 512).buffer)) ?? false;
}

/** @param {Client} client @param {import('../support/client.mjs').Call} call */
async function sentParts(client, call) {
  const { headers, body } = await client.send(call, true);
  return partsOf(headers['content-type'] ?? '', body);
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
