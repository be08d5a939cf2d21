import { uint16At, uint32At } from '../../../dicom/pixels/big-endian';
import { concatenate } from '../../concatenate';
import { type Jpeg2000Header, SIZ_FIELDS } from './jpeg2000-header';

/** ITU-T T.800 table A.2. */
const COD = 0xff52;
const COC = 0xff53;

/** Offsets from the COD marker (T.800 A.6.1): its length, Scod, and the precincts, which come last. */
const LENGTH = 2;
const SCOD = 4;
const PRECINCTS = 14;
const OWN_PRECINCTS = 1;

/** The exponent of the precincts that a code stream has when it does not name any (T.800 table A.21). */
const LARGEST = 15;

/** The smallest exponent of code-blocks with which OpenJPH takes 6 MiB or less for the largest precincts. */
const USUAL_BLOCK = 5;

/**
 * Names the precincts of a code stream that leaves them at their largest size. OpenJPH takes memory for every code-block
 * that a precinct could hold, whatever the size of the image: 358 MiB when a code-block has 4 by 4 samples. A precinct
 * that is just large enough for the whole image holds the same code-blocks in the same order, so nothing else changes.
 * @returns the same code stream when its code-blocks are not small, or when it names its precincts itself
 */
export function withFittingPrecincts(codeStream: Uint8Array, header: Jpeg2000Header): Uint8Array {
  const { codeBlock, levels, ownPrecincts, sizAt } = header;
  if (ownPrecincts || Math.min(codeBlock.width, codeBlock.height) >= USUAL_BLOCK) return codeStream;
  const at = only(codeStream, header);
  if (at === undefined || uint16At(codeStream, at + LENGTH) !== PRECINCTS - 2) return codeStream;
  const [right, bottom] = [SIZ_FIELDS.Xsiz, SIZ_FIELDS.Ysiz].map((field) => uint32At(codeStream, sizAt + field));
  const covering = Math.ceil(Math.log2(Math.max(right!, bottom!)));
  // A code-block has at most half of a precinct's width and height, above the lowest resolution (T.800 B.7).
  const exponent = Math.max(covering, codeBlock.width + 1, codeBlock.height + 1);
  if (exponent >= LARGEST) return codeStream;
  const precincts = new Uint8Array(levels + 1).fill(exponent * 0x11);
  const named = concatenate([codeStream.subarray(0, at + PRECINCTS), precincts, codeStream.subarray(at + PRECINCTS)]);
  named[at + LENGTH + 1]! += precincts.length;
  named[at + SCOD]! |= OWN_PRECINCTS;
  return named;
}

/** @returns the offset of COD; nothing when components have coding styles of their own */
function only(codeStream: Uint8Array, { tilesAt }: Jpeg2000Header): number | undefined {
  let found: number | undefined;
  for (let at = 2; at < tilesAt; at += 2 + uint16At(codeStream, at + LENGTH)) {
    const marker = uint16At(codeStream, at);
    if (marker === COC) return undefined;
    if (marker === COD) found = at;
  }
  return found;
}
