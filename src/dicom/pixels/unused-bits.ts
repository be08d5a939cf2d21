import type { DicomJson } from '../json/json-model';

/**
 * The bits of a pixel cell that hold the sample, and the others, which hold anything: old writers keep overlays there
 * (PS3.5 8.1.2), and a data set need not say so.
 */
export interface SampleBits {
  /** Bits Allocated (0028,0100). */
  readonly allocated: number;
  /** The number of the sample's lowest bit. */
  readonly low: number;
  /** High Bit (0028,0102), the number of the sample's highest bit. */
  readonly high: number;
  /** Pixel Representation (0028,0103) is 1: the highest bit is the sign. */
  readonly signed: boolean;
}

/** @returns undefined when a sample takes the whole pixel cell, and when the data set does not describe pixel cells */
export function sampleBits(dataSet: DicomJson): SampleBits | undefined {
  const allocated = numberOf(dataSet, '00280100') ?? 0;
  const stored = numberOf(dataSet, '00280101') ?? allocated;
  if (!(stored > 0 && stored < allocated)) return undefined;
  const named = numberOf(dataSet, '00280102') ?? stored - 1;
  // A High Bit with which the sample does not fit into the cell is wrong: readers take the lowest bits.
  const high = named >= stored - 1 && named < allocated ? named : stored - 1;
  return { allocated, low: high - stored + 1, high, signed: numberOf(dataSet, '00280103') === 1 };
}

/** Whether clearUnusedBits takes pixel cells of this size: whole bytes, four at most. */
export function canClear({ allocated }: SampleBits): boolean {
  return allocated % 8 === 0 && allocated <= 32;
}

/**
 * Clears the bits of pixel cells that do not belong to the sample. Above a signed sample, the bits repeat the sign, so
 * that a reader that takes the whole cell finds the same number (PS3.5 8.1.1 leaves these bits open).
 * @param bytes whole cells, little-endian; changed in place
 */
export function clearUnusedBits(bytes: Uint8Array, bits: SampleBits): void {
  const size = bits.allocated / 8;
  const up = 31 - bits.high;
  const keep = -1 << bits.low;
  for (let at = 0; at + size <= bytes.length; at += size) {
    let cell = 0;
    for (let byte = 0; byte < size; byte++) cell |= bytes[at + byte]! << (8 * byte);
    cell = (bits.signed ? (cell << up) >> up : (cell << up) >>> up) & keep;
    for (let byte = 0; byte < size; byte++) bytes[at + byte] = cell >> (8 * byte);
  }
}

/**
 * Clears unused bits in the bytes of one place in the cells: RLE compresses these bytes separately from the others.
 * @param place 0 for the lowest byte of the cell
 * @returns what each byte becomes; undefined when that depends on another byte of the cell
 */
export function clearedBytes(bits: SampleBits, place: number): Uint8Array | undefined {
  const { low, high, signed } = bits;
  if (signed && place > high >> 3) return undefined;
  const of = { allocated: 8, low: Math.max(0, low - place * 8), high: Math.min(7, high - place * 8), signed };
  // Below the byte with the highest bit, no bit is the sign.
  const here = { ...of, signed: signed && place === high >> 3 };
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  if (here.high < 0 || here.low > 7) return bytes.fill(0);
  clearUnusedBits(bytes, here);
  return bytes;
}

/**
 * Whether the data set says that an overlay lies in bits of Pixel Data: it names the bit, and has no data of the overlay
 * (PS3.3 C.9.2, groups 6000 to 601E).
 */
export function hasEmbeddedOverlay(dataSet: DicomJson): boolean {
  return embeddedOverlays(dataSet).length > 0;
}

/** Whether such a bit belongs to the sample, which cannot be cleared of the overlay then. */
export function hasOverlayInSample(dataSet: DicomJson): boolean {
  const allocated = numberOf(dataSet, '00280100') ?? 0;
  const { low, high } = sampleBits(dataSet) ?? { low: 0, high: allocated - 1 };
  return embeddedOverlays(dataSet).some((bit) => bit >= low && bit <= high);
}

/** The numbers of the bits that hold overlays. */
function embeddedOverlays(dataSet: DicomJson): readonly number[] {
  const bits: number[] = [];
  for (const tag of Object.keys(dataSet)) {
    if (!/^60[01][02468ACE]0100$/.test(tag) || (numberOf(dataSet, tag) ?? 1) === 1) continue;
    const group = tag.slice(0, 4);
    if (dataSet[`${group}3000`] === undefined) bits.push(numberOf(dataSet, `${group}0102`) ?? 0);
  }
  return bits;
}

/** The first value of an attribute, when it is a whole number. */
export function numberOf(dataSet: DicomJson, tag: string): number | undefined {
  const value = Number(dataSet[tag]?.Value?.[0] ?? Number.NaN);
  return Number.isInteger(value) ? value : undefined;
}
