import { randomUUID } from 'node:crypto';
import { storeBody } from '../support/store-body.mjs';

/**
 * Stores Part 10 files in one request (PS3.18 10.5).
 * @param {string} origin
 * @param {Buffer[]} files
 * @param {Record<string, string>} [credentials] headers
 * @returns {Promise<void>} rejects unless every instance was stored
 */
export async function stow(origin, files, credentials = {}) {
  const { contentType, pieces } = storeBody(randomUUID());
  const response = await fetch(`${origin}/dicomweb/studies`, {
    method: 'POST',
    headers: { ...credentials, Accept: 'application/dicom+json', 'Content-Type': contentType },
    body: Buffer.concat(pieces(files)),
  });
  const answer = await response.text();
  if (!response.ok || answer.includes('"00081198"')) {
    throw new Error(`The archive did not store the samples: ${response.status} ${answer.slice(0, 1000)}`);
  }
}
