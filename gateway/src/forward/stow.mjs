import { createHash } from 'node:crypto';
import { entryName } from '../outbox/entry-name.mjs';
import { entryBytes } from './entry-file.mjs';

/**
 * @typedef {import('../outbox/entry-name.mjs').Entry} Entry
 */

/**
 * A Store request with these entries (PS3.18 10.5). The same entries give the same request, so that the archive
 * answers a request that is sent again after a crash by its Idempotency-Key.
 * @param {object} parts
 * @param {string} parts.base of the archive, such as https://host/dicomweb
 * @param {readonly Entry[]} parts.entries
 * @param {string} parts.attempt changes the key, when an answer must not be repeated
 * @param {(entry: Entry) => string} parts.pathOf
 * @param {import('./bandwidth.mjs').Bandwidth} parts.bandwidth
 * @param {Record<string, string>} parts.credentials
 * @returns {import('./http-client.mjs').HTTPRequest}
 */
export function storeRequest({ base, entries, attempt, pathOf, bandwidth, credentials }) {
  const hash = createHash('sha256').update(attempt);
  // The names differ when a modality sends the same instance again: the archive must not repeat an answer from before a
  // deletion.
  for (const entry of entries) hash.update(entryName(entry));
  const key = hash.digest('hex');
  const boundary = `gateway-${key.slice(0, 32)}`;
  const head = Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
  const tail = Buffer.from('\r\n');
  const end = Buffer.from(`--${boundary}--\r\n`);
  const length = entries.reduce((sum, { bytes }) => sum + head.length + bytes + tail.length, end.length);
  return {
    method: 'POST',
    url: `${base}/studies`,
    headers: {
      ...credentials,
      Accept: 'application/dicom+json',
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      'Content-Length': length,
      'Idempotency-Key': `"${key}"`,
    },
    body: (async function* () {
      for (const entry of entries) {
        yield head;
        for await (const piece of entryBytes(entry, pathOf(entry))) {
          await bandwidth.take(piece.length);
          yield piece;
        }
        yield tail;
      }
      yield end;
    })(),
  };
}

/** What a part adds to a request, at most. */
export const PART_OVERHEAD = 128;
