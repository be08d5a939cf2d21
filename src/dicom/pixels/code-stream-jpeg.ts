import { uint16At } from './big-endian';
import { COMPRESSED, type CodeStream } from './code-stream-result';

const SOS = 0xda;

/** ITU-T T.81 table B.1 and T.87: for each start of frame marker, the last part of the UID of its process. */
const FRAMES: Record<number, string | undefined> = {
  192: '50', // baseline
  193: '51', // extended sequential
  194: '55', // progressive
  195: 'lossless',
  247: 'JPEG-LS',
};

/**
 * The syntax of a JPEG or JPEG-LS code stream, from its frame header. For lossless processes, the predictor or the
 * error bound of the scan decides too. Bytes before a marker are skipped, as decoders do.
 */
export function jpegSyntax(bytes: Uint8Array): CodeStream | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  let frame: string | undefined;
  for (let at = bytes.indexOf(0xff, 2); at >= 0 && at + 4 <= bytes.length; at = bytes.indexOf(0xff, at)) {
    const marker = bytes[at + 1]!;
    // Fill bytes may come before a marker.
    if (marker === 0xff || marker === 0) at++;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker === SOS) return of(scanned(frame, bytes, at + 4));
    else {
      frame = FRAMES[marker] ?? frame;
      if (frame !== undefined && frame.length === 2) return of(frame, bytes[at + 4]);
      at += 2 + uint16At(bytes, at + 2);
    }
  }
  return undefined;
}

/** @param at offset of the number of components in the scan header */
function scanned(frame: string | undefined, bytes: Uint8Array, at: number): string | undefined {
  // Ss in JPEG, NEAR in JPEG-LS: it follows two bytes for each component.
  const selected = bytes[at + 1 + bytes[at]! * 2];
  if (frame === undefined || selected === undefined) return undefined;
  if (frame === 'lossless') return selected === 1 ? '70' : '57';
  return selected === 0 ? '80' : '81';
}

/** @param precision bits of a sample, where the process allows more than one value */
function of(last: string | undefined, precision?: number): CodeStream | undefined {
  if (last === undefined) return undefined;
  return { transferSyntaxUID: `${COMPRESSED}${last}`, offset: 0, ...(precision !== undefined && { precision }) };
}
