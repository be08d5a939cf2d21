import { randomUUID } from 'node:crypto';

/**
 * Stores Part 10 files in one request (PS3.18 10.5).
 * @param {string} origin
 * @param {Buffer[]} files
 * @param {Record<string, string>} [credentials] headers
 * @returns {Promise<void>} rejects unless every instance was stored
 */
export async function stow(origin, files, credentials = {}) {
  const boundary = randomUUID();
  const parts = files.flatMap((file) => [
    Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
    file,
    Buffer.from('\r\n'),
  ]);
  const response = await fetch(`${origin}/dicomweb/studies`, {
    method: 'POST',
    headers: {
      ...credentials,
      Accept: 'application/dicom+json',
      'Content-Type': `multipart/related; type="application/dicom"; boundary="${boundary}"`,
    },
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  });
  const answer = await response.text();
  if (!response.ok || answer.includes('"00081198"')) {
    throw new Error(`The archive did not store the samples: ${response.status} ${answer.slice(0, 1000)}`);
  }
}
