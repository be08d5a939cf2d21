import { decodeBase64 } from '../../dicom/values/base64';
import { HttpProblem } from '../../http/problem';

/** Characters of the header: HEAD returns it as it was sent. */
const LONGEST = 4096;

/** A key has no space and no comma (tus 1.0 "Upload-Metadata"). */
const KEY = /^[\x21-\x2b\x2d-\x7e]+$/;

/**
 * Reads Upload-Metadata, tus 1.0 "Upload-Metadata" (creation): pairs of a key and a value in base64, separated by commas. A
 * value may be empty, and then its space may be missing.
 * @returns the values by their keys, as UTF-8 text
 * @throws HttpProblem 400
 */
export function metadataOf(header: string): ReadonlyMap<string, string> {
  if (header.length > LONGEST) {
    throw new HttpProblem('bad-request', `Upload-Metadata must have at most ${LONGEST} characters.`);
  }
  const values = new Map<string, string>();
  if (header.trim() === '') return values;
  for (const pair of header.split(',')) {
    const [key = '', value = '', ...more] = pair.trim().split(' ');
    const bytes = decodeBase64(value);
    if (!KEY.test(key) || bytes === undefined || more.length > 0 || values.has(key)) {
      throw new HttpProblem('bad-request', 'Upload-Metadata must be different keys, each with a value in base64.');
    }
    values.set(key, new TextDecoder().decode(bytes));
  }
  return values;
}
