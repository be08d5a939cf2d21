import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSample, SAMPLES } from './catalogue.mjs';
import { stow } from './stow.mjs';

/**
 * Stores the samples, one study in each request, if the archive is empty or if an earlier start was interrupted while
 * it stored them.
 * @param {string} origin
 * @param {string} data
 * @param {(line: string) => void} progress
 * @param {Record<string, string>} [credentials] headers
 */
export async function storeSamples(origin, data, progress, credentials = {}) {
  const unfinished = join(data, 'samples.unfinished');
  if (!existsSync(unfinished) && !(await isEmpty(origin, credentials))) return;
  writeFileSync(unfinished, '');
  for (const [index, sample] of SAMPLES.entries()) {
    const count = sample.files.length === 1 ? '' : `, ${sample.files.length} instances`;
    progress(`storing sample ${index + 1} of ${SAMPLES.length}: ${sample.title}${count}`);
    await stow(origin, readSample(sample), credentials);
  }
  rmSync(unfinished);
}

/** @param {string} origin @param {Record<string, string>} credentials */
async function isEmpty(origin, credentials) {
  const headers = { ...credentials, Accept: 'application/dicom+json' };
  const response = await fetch(`${origin}/dicomweb/studies?limit=1`, { headers });
  if (response.status === 204) return true;
  return /** @type {unknown[]} */ (await response.json()).length === 0;
}
