import { createHash, randomUUID } from 'node:crypto';
import { storeBody } from './store-body.mjs';

/** A request without an answer after this time counts as a hang. */
const PATIENCE_MS = 60_000;

/** @typedef {{ headers: Headers, body: Buffer }} Part */

/**
 * @param {string} url
 * @param {RequestInit} [init]
 * @returns {Promise<{ status: number, headers: Headers, body: Buffer }>}
 */
export async function request(url, init = {}) {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

/**
 * STOW-RS of one file (PS3.18 10.5).
 * @param {string} base the DICOMweb root
 * @param {Buffer} file
 */
export function stow(base, file) {
  const { contentType, pieces } = storeBody(randomUUID());
  return request(`${base}/studies`, {
    method: 'POST',
    headers: { Accept: 'application/dicom+json', 'Content-Type': contentType },
    body: Buffer.concat(pieces([file])),
  });
}

/**
 * The parts of a multipart body (RFC 2046 5.1.1). A part ends at the boundary.
 * @param {{ headers: Headers, body: Buffer }} answer
 * @returns {Part[]}
 */
export function parts({ headers, body }) {
  const contentType = headers.get('Content-Type') ?? '';
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (!/^multipart\/related/i.test(contentType) || boundary === undefined) {
    throw new Error(`The answer is not multipart/related: ${contentType}`);
  }
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const found = [];
  let at = body.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2)) ? delimiter.length - 2 : -1;
  if (at < 0) throw new Error('The body does not begin with its boundary.');
  for (;;) {
    if (body.toString('latin1', at, at + 2) === '--') return found;
    const blank = body.indexOf('\r\n\r\n', at);
    const end = body.indexOf(delimiter, blank);
    if (blank < 0 || end < 0) throw new Error('The body ends within a part.');
    const lines = body.toString('latin1', at + 2, blank).split('\r\n');
    const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
    found.push({
      headers: new Headers(/** @type {[string, string][]} */ (pairs)),
      body: body.subarray(blank + 4, end),
    });
    at = end + delimiter.length;
  }
}

/** @typedef {{ length: number, sha256: string }} Described */

/** @param {Uint8Array} bytes @returns {Described} */
export function describe(bytes) {
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
