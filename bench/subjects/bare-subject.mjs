import { Client } from '../support/client.mjs';
import { ctSeries, FRAME_BYTES, SLICES } from '../support/series.mjs';
import { equal } from './dicomweb-subject.mjs';

/**
 * The bare Worker as a subject: the same bytes for each workload, without any DICOM.
 * @param {string} origin
 * @param {import('../support/workloads.mjs').Bodies} bodies what the archive answered
 * @returns {import('../support/workloads.mjs').Subject & { calls: { part(at: number): import('../support/client.mjs').Call } }} `part`: a frame as the archive envelops it
 */
export function bareSubject(origin, bodies) {
  const { files } = ctSeries('retrieved');
  const length = files[0]?.length ?? 0;
  const slices = Buffer.concat(files);
  if (files.some((file) => file.length !== length)) throw new Error('The slices differ in length.');
  const calls = {
    frame: (/** @type {number} */ at) => ({
      url: `${origin}/range?key=ct/${at % SLICES}&offset=${length - FRAME_BYTES}&length=${FRAME_BYTES}`,
    }),
    part: (/** @type {number} */ at) => ({
      url: `${origin}/part?key=ct/${at % SLICES}&offset=${length - FRAME_BYTES}&length=${FRAME_BYTES}`,
    }),
    series: () => ({ url: `${origin}/series?key=ct&count=${SLICES}&length=${length}` }),
    zip: () => ({ url: `${origin}/series?key=ct&count=${SLICES}&length=${length}` }),
    answer: (/** @type {string} */ of) => ({ url: `${origin}/object?key=${encodeURIComponent(of)}` }),
    metadata: () => ({ url: `${origin}/object?key=metadata` }),
    list: () => ({ url: `${origin}/object?key=list` }),
    storeTogether: (/** @type {string} */ run) => [store(run, slices)],
    storeSingly: (/** @type {string} */ run) => files.map((file, at) => store(`${run}-${at}`, file)),
  };
  return { name: 'bare', calls, prepare };

  /** @param {string} key @param {Buffer} body */
  function store(key, body) {
    return { url: `${origin}/slices?key=${key}&length=${length}`, method: 'POST', body };
  }

  async function prepare() {
    const client = new Client(1);
    const answer = await client.send(store('ct', slices), true);
    equal(JSON.parse(answer.body.toString()).count, SLICES, 'slices stored');
    const { metadata, list, answers } = bodies;
    for (const [key, body] of Object.entries({ metadata, list, ...Object.fromEntries(answers) })) {
      const url = `${origin}/object?key=${encodeURIComponent(key)}`;
      equal((await client.send({ url, method: 'PUT', body }, true)).status, 200, key);
    }
    equal(
      (await client.send(calls.frame(7), true)).body.equals(files[7]?.subarray(-FRAME_BYTES) ?? slices),
      true,
      'frame',
    );
    equal((await client.send(calls.series(), true)).body.equals(slices), true, 'series');
    equal((await client.send(calls.metadata(), true)).body.equals(bodies.metadata), true, 'metadata');
    equal((await client.send(calls.list(), true)).body.equals(bodies.list), true, 'list');
    client.close();
    return bodies;
  }
}
