import { hexadecimal } from '../../archive/bytes';
import type { Checksum } from '../../archive/upload/receive';
import { decodeBase64 } from '../../dicom/values/base64';
import { HttpProblem } from '../../http/problem';

/** The names of tus 1.0 "Tus-Checksum-Algorithm" (checksum), with those of Web Crypto. Every tus server supports SHA-1. */
const ALGORITHMS = { sha1: 'SHA-1', sha256: 'SHA-256', md5: 'MD5' } as const;

/** The algorithms by their names in tus 1.0. */
export const CHECKSUM_ALGORITHMS = Object.keys(ALGORITHMS);

/**
 * Reads Upload-Checksum, tus 1.0 "Upload-Checksum" (checksum): the name of an algorithm, a space, and the digest in base64.
 * @returns undefined without the header
 * @throws HttpProblem 400 for an algorithm that the archive does not have
 */
export function checksumOf(header: string | undefined): Checksum | undefined {
  if (header === undefined) return undefined;
  const [, name = '', text = ''] = /^(\S+) (\S+)$/.exec(header.trim()) ?? [];
  const expected = decodeBase64(text);
  if (!isKnown(name) || expected === undefined) {
    const names = CHECKSUM_ALGORITHMS.join(', ');
    throw new HttpProblem('bad-request', `Upload-Checksum must be one of ${names}, a space, and the digest in base64.`);
  }
  const stream = new crypto.DigestStream(ALGORITHMS[name]);
  // Prevents an unhandled rejection when the request ends early.
  stream.digest.catch(() => undefined);
  const writer = stream.getWriter();
  return {
    async update(bytes) {
      await writer.write(bytes);
    },
    async matches() {
      await writer.close();
      return hexadecimal(new Uint8Array(await stream.digest)) === hexadecimal(expected);
    },
  };
}

function isKnown(name: string): name is keyof typeof ALGORITHMS {
  return Object.hasOwn(ALGORITHMS, name);
}
