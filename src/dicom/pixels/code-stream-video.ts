import { fourAt, indexOfFour, uint16At } from './big-endian';
import { COMPRESSED, type CodeStream } from './code-stream-result';

/** The syntax of H.264 and HEVC in MP4, and of MPEG-2 in any of its kinds of stream. */
export function videoSyntax(bytes: Uint8Array): CodeStream | undefined {
  const last = fourAt(bytes, 4) === 'ftyp' ? mp4Syntax(bytes) : mpeg2Syntax(bytes);
  return last === undefined ? undefined : { transferSyntaxUID: `${COMPRESSED}${last}`, offset: 0 };
}

/**
 * Detects the syntax from the decoder's configuration (ISO/IEC 14496-15) in the box `moov`. When that box comes at the
 * end of the file, the bytes do not show it, and H.264 of the most common level is assumed.
 */
function mp4Syntax(bytes: Uint8Array): 102 | 104 | 106 | 107 | 108 {
  const hevc = indexOfFour(bytes, 'hvcC');
  // general_profile_idc: 2 is Main 10.
  if (hevc >= 0) return (bytes[hevc + 5]! & 0x1f) === 2 ? 108 : 107;
  const avc = indexOfFour(bytes, 'avcC');
  if (avc < 0) return 102;
  const profile = bytes[avc + 5];
  const level = bytes[avc + 7];
  if (profile === 128) return 106;
  return level !== undefined && level > 41 ? 104 : 102;
}

const TRANSPORT_PACKET = 188;

/**
 * Detects the syntax from a sequence header (ISO/IEC 13818-2 6.2.2.1), at the start or within a program stream or
 * transport stream.
 */
function mpeg2Syntax(bytes: Uint8Array): 100 | 101 | undefined {
  const start = uint16At(bytes, 0) === 0 && bytes[2] === 1 ? bytes[3] : undefined;
  const program = start === 0xba && (bytes[4]! & 0xc0) === 0x40;
  const transport = [0, 1, 2].every((packet) => bytes[packet * TRANSPORT_PACKET] === 0x47);
  if (start !== 0xb3 && !program && !transport) return undefined;
  const at = indexOfFour(bytes, '\x00\x00\x01\xb3');
  const width = at < 0 ? Number.NaN : uint16At(bytes, at + 4) >> 4;
  const height = at < 0 ? Number.NaN : uint16At(bytes, at + 5) & 0xfff;
  // The limits of Main Level (ISO/IEC 13818-2 table 8-11).
  return width > 720 || height > 576 ? 101 : 100;
}
