import { fourAt, uint16At, uint32At } from './big-endian';
import { COMPRESSED, type CodeStream } from './code-stream-result';

/** ITU-T T.800 table A.2. */
const SOC = 0xff4f;
const CAP = 0xff50;
const SIZ = 0xff51;
const COD = 0xff52;
const SOT = 0xff90;

/** Rsiz: Part 2 is needed (T.801 A.2.1). */
const PART_2 = 0x8000;
/** Pcap: Part 15 is used, the fifteenth bit from the highest (T.800 A.5.2). */
const PART_15 = 0x20000;
const REVERSIBLE = 1;

/** The syntax of JPEG 2000, its Part 2 and HTJ2K, as a code stream or in a JP2 file (T.800 annex I). */
export function jpeg2000Syntax(bytes: Uint8Array): CodeStream | undefined {
  const place = uint16At(bytes, 0) === SOC ? { offset: 0 } : contiguousCodeStream(bytes);
  if (place === undefined) return undefined;
  const last = syntaxAt(bytes, place.offset);
  return last === undefined ? undefined : { transferSyntaxUID: `${COMPRESSED}${last}`, ...place };
}

/** The place of the contents of the box `jp2c`. */
function contiguousCodeStream(bytes: Uint8Array): { offset: number; length?: number } | undefined {
  if (uint32At(bytes, 0) !== 12 || fourAt(bytes, 4) !== 'jP  ') return undefined;
  for (let at = 0; at + 8 <= bytes.length; ) {
    const short = uint32At(bytes, at);
    const header = short === 1 ? 16 : 8;
    const length = short === 1 ? uint32At(bytes, at + 8) * 0x1_0000_0000 + uint32At(bytes, at + 12) : short;
    const offset = at + header;
    // Zero means: to the end of the file.
    if (fourAt(bytes, at + 4) === 'jp2c') return length === 0 ? { offset } : { offset, length: length - header };
    if (!(length >= header)) return undefined;
    at += length;
  }
  return undefined;
}

/** Reads the markers of the main header, before the first tile. */
function syntaxAt(bytes: Uint8Array, start: number): 90 | 91 | 92 | 93 | 201 | 203 | undefined {
  if (uint16At(bytes, start) !== SOC) return undefined;
  let highThroughput = false;
  let part2 = false;
  for (let at = start + 2; at + 4 <= bytes.length; at += 2 + uint16At(bytes, at + 2)) {
    const marker = uint16At(bytes, at);
    if (marker === SIZ) part2 = (uint16At(bytes, at + 4) & PART_2) !== 0;
    else if (marker === CAP) highThroughput = (uint32At(bytes, at + 4) & PART_15) !== 0;
    else if (marker === COD) {
      // The wavelet follows Scod, four bytes of SGcod and four of SPcod.
      const wavelet = bytes[at + 13];
      if (wavelet === undefined) return undefined;
      const reversible = wavelet === REVERSIBLE;
      if (highThroughput) return reversible ? 201 : 203;
      if (part2) return reversible ? 92 : 93;
      return reversible ? 90 : 91;
    } else if (marker === SOT || marker < 0xff00) return undefined;
  }
  return undefined;
}
