import { counted } from '../../support/counted.mjs';
import { describe, parts, request } from '../../support/dicomweb-client.mjs';

/** Media types of compressed frames (PS3.18 8.7.3.3), by transfer syntax. */
const MEDIA_TYPES = [
  [/^1\.2\.840\.10008\.1\.2(\.[12]|\.1\.99|\.1\.98)?$/, 'application/octet-stream'],
  [/^1\.2\.840\.10008\.1\.2\.4\.(5\d|6\d|70)$/, 'image/jpeg'],
  [/^1\.2\.840\.10008\.1\.2\.4\.8[01]$/, 'image/jls'],
  [/^1\.2\.840\.10008\.1\.2\.4\.9[01]$/, 'image/jp2'],
  [/^1\.2\.840\.10008\.1\.2\.4\.9[23]$/, 'image/jpx'],
  [/^1\.2\.840\.10008\.1\.2\.4\.20[123]$/, 'image/jphc'],
  [/^1\.2\.840\.10008\.1\.2\.4\.11[012]$/, 'image/jxl'],
  [/^1\.2\.840\.10008\.1\.2\.5$/, 'image/dicom-rle'],
];
const UNCOMPRESSED = '1.2.840.10008.1.2.1';

const OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';
const ANY = 'multipart/related; type="*/*"; transfer-syntax=*';

/** Number of frames that are fetched one by one from an object with more frames. */
const SINGLY = 300;

/**
 * Fetches every frame alone and all in one list, and compares their bytes with the reader's.
 * @param {string} url of the instance
 * @param {import('./reader.mjs').Reading} reading
 * @param {(where: string, expected: unknown, got: unknown) => void} differ
 * @returns {Promise<number>} frames compared
 */
export async function compareFrames(url, { frames, transferSyntax }, differ) {
  if (frames === null || frames === undefined) return 0;
  for (const [at, frame] of frames.slice(0, SINGLY).entries()) {
    const where = `frame ${at + 1} of ${frames.length}`;
    const answer = await request(`${url}/frames/${at + 1}`, { headers: { Accept: OCTETS } });
    if (answer.status !== 200) differ(where, `200, ${frame.length} bytes`, answer.status);
    else same(where, frame, parts(answer)[0], transferSyntax, differ);
  }
  const beyond = await request(`${url}/frames/${frames.length + 1}`, { headers: { Accept: OCTETS } });
  if (beyond.status !== 404) differ(`frame ${frames.length + 1} of ${frames.length}`, 404, beyond.status);
  if (frames.length > 0) {
    const list = frames
      .slice(0, SINGLY)
      .map((_, at) => at + 1)
      .reverse();
    const answer = await request(`${url}/frames/${list.join(',')}`, { headers: { Accept: ANY } });
    const found = answer.status === 200 ? parts(answer) : [];
    if (found.length !== list.length)
      differ('frame list', counted(list.length, 'part'), `${answer.status}, ${counted(found.length, 'part')}`);
    for (const [at, part] of found.entries()) {
      const number = list[at] ?? 1;
      same(`frame ${number} in a list`, frames[number - 1], part, transferSyntax, differ);
    }
  }
  return frames.length;
}

/**
 * @param {string} where @param {import('../../support/dicomweb-client.mjs').Described | undefined} frame
 * @param {import('../../support/dicomweb-client.mjs').Part | undefined} part @param {string | undefined} transferSyntax
 * @param {(where: string, expected: unknown, got: unknown) => void} differ
 */
function same(where, frame, part, transferSyntax, differ) {
  const got = part === undefined ? undefined : describe(part.body);
  if (frame?.sha256 !== got?.sha256)
    differ(
      where,
      `${frame?.length} bytes ${frame?.sha256.slice(0, 8)}`,
      `${got?.length} bytes ${got?.sha256.slice(0, 8)}`,
    );
  const mediaType = MEDIA_TYPES.find(([pattern]) => /** @type {RegExp} */ (pattern).test(transferSyntax ?? ''))?.[1];
  if (mediaType === undefined) return;
  const syntax = mediaType === 'application/octet-stream' ? UNCOMPRESSED : transferSyntax;
  const type = part?.headers.get('Content-Type');
  // Octets of the same transfer syntax are also a correct answer.
  const allowed = [mediaType, 'application/octet-stream'].map((each) => `${each}; transfer-syntax=${syntax}`);
  if (!allowed.includes(type ?? '')) differ(`${where} Content-Type`, allowed[0], type);
}
