/*
 * Series that were deleted, or whose instances were replaced, while the page had them open. A frame of a replaced instance that is
 * requested afterwards is the new one, and the page would decode it with the old attributes.
 */
import { credential } from './credential.mjs';

/** The browser's. */
const { window, XMLHttpRequest } = /** @type {any} */ (globalThis);

/**
 * Milliseconds between the arrival of a frame and the question whether its series is as it was; others that arrive
 * meanwhile share it.
 */
const WAIT_MS = 1000;

/** The metadata of a series (PS3.18 10.4.1.1.2), and the address of one of its frames. */
const METADATA = /\/studies\/[\d.]+\/series\/[\d.]+\/metadata$/;
const FRAME = /^wadors:(.*\/series\/([\d.]+))\/instances\//;

/** What a status says of a series that was there. @type {Map<number, Change>} */
const ABSENT = new Map([
  [404, 'gone'],
  [410, 'deleted'],
]);

/** (0008,0018) SOP Instance UID */
const SOP_INSTANCE_UID = '00080018';

/**
 * What the page has read of a series.
 * @typedef {{ etag: string, instances: Map<string, number>, timer?: ReturnType<typeof setTimeout> }} Read
 */

/** Series by the paths of their metadata. @type {Map<string, Read>} */
const reads = new Map();

/** @typedef {'replaced' | 'deleted' | 'gone'} Change 'gone': the archive does not say whether it was deleted, or is hidden from this user */

/** What has happened to series, by their UIDs. @type {Map<string, Change>} */
const changed = new Map();

/**
 * What has happened to a series after the page had read it: it is no longer there, or instances of it were replaced.
 * @param {string | undefined} seriesInstanceUID
 */
export const changeOf = (seriesInstanceUID) => changed.get(seriesInstanceUID ?? '');

/** Forgets what the page has read, before it reads again. */
export function forgetSeries() {
  reads.clear();
  changed.clear();
}

/** Notes the metadata of each series that the page reads from now on. */
export function watchMetadata() {
  const { open } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (/** @type {any[]} */ ...request) {
    const path = new URL(String(request[1]), window.location.href).pathname;
    // Before the listeners of the code that sends the request, because they may change the answer that is read here.
    if (METADATA.test(path)) this.addEventListener('readystatechange', () => this.readyState === 4 && note(path, this));
    return Reflect.apply(open, this, request);
  };
}

/** @param {string} path @param {any} answer an XMLHttpRequest */
function note(path, answer) {
  const etag = answer.getResponseHeader('ETag');
  if (answer.status !== 200 || etag === null || !Array.isArray(answer.response)) return;
  reads.set(path, { etag, instances: hashesOf(answer.response) });
}

/**
 * After a frame has arrived or failed, asks whether its series is still as the page has read it.
 * @param {string | undefined} imageId of OHIF
 */
export function checkSeriesOf(imageId) {
  const [, place, uid] = FRAME.exec(imageId ?? '') ?? [];
  if (place === undefined || uid === undefined || changed.has(uid)) return;
  const path = `${new URL(place, window.location.href).pathname}/metadata`;
  const read = reads.get(path);
  if (read === undefined || read.timer !== undefined) return;
  read.timer = setTimeout(async () => {
    delete read.timer;
    // A series that cannot be asked for is asked for again after its next frame.
    const change = await changeSince(path, read).catch(() => undefined);
    if (change !== undefined && reads.get(path) === read) changed.set(uid, change);
  }, WAIT_MS);
}

/**
 * How a series has changed since it was read. Instances that came later do not count.
 * @param {string} path @param {Read} read
 * @returns {Promise<Change | undefined>}
 */
async function changeSince(path, read) {
  const headers = { Accept: 'application/dicom+json', ...credential() };
  const answer = await fetch(path, { headers, cache: 'no-cache' });
  const etag = answer.headers.get('ETag');
  if (answer.status !== 200 || etag === null || etag === read.etag) {
    await answer.body?.cancel();
    return ABSENT.get(answer.status);
  }
  const now = hashesOf(await answer.json());
  const isOther = [...read.instances].some(([uid, hash]) => (now.get(uid) ?? hash) !== hash);
  if (!isOther) Object.assign(read, { etag, instances: new Map([...now, ...read.instances]) });
  return isOther ? 'replaced' : undefined;
}

/** @param {any[]} instances as DICOM JSON @returns {Map<string, number>} a hash of each one's attributes, by SOP Instance UID */
function hashesOf(instances) {
  return new Map(instances.map((one) => [one[SOP_INSTANCE_UID]?.Value?.[0] ?? '', hash(JSON.stringify(one))]));
}

/** FNV-1a of 32 bits. @param {string} text */
function hash(text) {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
}
