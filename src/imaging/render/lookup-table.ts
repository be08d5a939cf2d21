import type { DicomJson } from '../../dicom/json-model';
import { numberOf } from './attributes';
import type { BytesOf } from './settings';

/** A LUT (PS3.3 C.11.1.1, C.11.2.1.1): what it maps the values from `first` on to. */
export interface LookupTable {
  readonly first: number;
  readonly entries: Uint16Array;
  /** Bits of an entry: its range is 0 to 2^bits - 1. */
  readonly bits: number;
}

export interface TableDescriptor {
  readonly length: number;
  readonly first: number;
  readonly bits: number;
}

/**
 * A LUT or Palette Color LUT Descriptor: number of entries (0 stands for 65536), first value mapped, bits of an entry.
 * @param signed whether the values mapped may be negative, for descriptors whose VR does not tell
 */
export function tableDescriptor(dataSet: DicomJson, tag: string, signed: boolean): TableDescriptor | undefined {
  const length = numberOf(dataSet, tag, 0);
  const first = numberOf(dataSet, tag, 1);
  const bits = numberOf(dataSet, tag, 2);
  if (length === undefined || first === undefined) return undefined;
  return {
    // The number of entries never has a sign, though it may be written as SS.
    length: length & 0xffff || 0x10000,
    first: signed && first > 0x7fff ? first - 0x10000 : first,
    bits: bits ?? 16,
  };
}

/**
 * The words of LUT data, which may come as numbers or as bytes; entries of 8 bits may be two to a word, the first in the
 * lower half, or one.
 */
export async function tableEntries(
  attribute: DicomJson[string] | undefined,
  { length, bits }: TableDescriptor,
  bytesOf: BytesOf,
): Promise<Uint16Array | undefined> {
  if (attribute === undefined) return undefined;
  const bytes = attribute.Value === undefined ? await bytesOf(attribute) : wordBytes(attribute.Value);
  if (bytes === undefined || bytes.length === 0) return undefined;
  if (bits <= 8 && bytes.length < length * 2) return Uint16Array.from(bytes.subarray(0, length));
  const entries = new Uint16Array(Math.min(length, bytes.length >> 1));
  for (let at = 0; at < entries.length; at++) entries[at] = bytes[at * 2]! | (bytes[at * 2 + 1]! << 8);
  return entries;
}

function wordBytes(values: readonly unknown[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 2);
  values.forEach((value, at) => {
    bytes[at * 2] = Number(value) & 0xff;
    bytes[at * 2 + 1] = (Number(value) >> 8) & 0xff;
  });
  return bytes;
}

/** The table of an item of a Modality, VOI or Presentation LUT Sequence. @returns undefined when it holds none */
export async function lookupTable(
  item: DicomJson | undefined,
  signed: boolean,
  bytesOf: BytesOf,
): Promise<LookupTable | undefined> {
  const descriptor = item && tableDescriptor(item, '00283002', signed);
  if (descriptor === undefined) return undefined;
  const entries = await tableEntries(item!['00283006'], descriptor, bytesOf);
  if (entries === undefined || entries.length === 0) return undefined;
  const { first } = descriptor;
  const bits = descriptor.bits >= 1 && descriptor.bits <= 16 ? descriptor.bits : 16;
  return { first, entries, bits };
}

/** The entry for a value: the first for those below, the last for those beyond (PS3.3 C.11.1.1, C.11.2.1.1). */
export function entryFor({ first, entries }: LookupTable, value: number): number {
  const index = Math.round(value) - first;
  return entries[index <= 0 ? 0 : index >= entries.length ? entries.length - 1 : index]!;
}
