import { DicomError } from '../errors';

/** The declaration of an encoding, at the beginning of the document and in ASCII. */
const DECLARED = /^<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/;

/**
 * Decodes the bytes of an XML document. The encoding is that of its byte order mark, otherwise the declared one,
 * otherwise UTF-8 (XML 1.0 section 4.3.3).
 *
 * @throws DicomError `malformed` when the encoding is not known or the bytes are not valid in it
 */
export function xmlText(bytes: Uint8Array): string {
  const label = markedEncoding(bytes) ?? declaredEncoding(bytes) ?? 'utf-8';
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new DicomError('malformed', 'the document is not in the encoding that it declares');
  }
}

function markedEncoding(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return bytes[0] === 0xef && bytes[1] === 0xbb ? 'utf-8' : undefined;
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 200));
  return DECLARED.exec(start)?.[1];
}
