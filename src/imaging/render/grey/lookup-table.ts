import type { DicomJson } from '../../../dicom/json/json-model';
import { numberOf } from '../attributes';
import type { BytesOf } from '../settings';

/** A LUT (PS3.3 C.11.1.1, C.11.2.1.1): its entries map the values from `first` on. */
export interface LookupTable {
  readonly first: number;
  readonly entries: Uint16Array;
  /** The number of bits of an entry, whose range is 0 to 2^bits - 1. */
  readonly bits: number;
}

/** A LUT Descriptor: the number of entries, the value of the first one, and bits of an entry (PS3.3 C.11.1.1.1). */
export interface TableDescriptor {
  readonly length: number;
  readonly first: number;
  readonly bits: number;
}

/**
 * Reads a LUT or Palette Color LUT Descriptor: number of entries (0 means 65536), first value mapped, bits of an entry.
 * @param signed whether the mapped values may be negative, for descriptors whose VR does not tell
 */
export function tableDescriptor(dataSet: DicomJson, tag: string, signed: boolean): TableDescriptor | undefined {
  const length = numberOf(dataSet, tag, 0);
  const first = numberOf(dataSet, tag, 1);
  const bits = numberOf(dataSet, tag, 2);
  if (length === undefined || first === undefined) return undefined;
  return {
    // The number of entries is never negative, even when its VR is SS.
    length: length & 0xffff || 0x10000,
    first: signed && first > 0x7fff ? first - 0x10000 : first,
    bits: bits ?? 16,
  };
}

/**
 * Reads LUT data as words. The data may be numbers or bytes. A word holds one entry, or two 8-bit entries with the first
 * in the lower half.
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

/** Reads the table of an item of a Modality, VOI or Presentation LUT Sequence. @returns undefined when the item has no table */
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

/** Finds the entry for a value: the first entry for lower values, the last for higher values (PS3.3 C.11.1.1, C.11.2.1.1). */
export function entryFor({ first, entries }: LookupTable, value: number): number {
  const index = Math.round(value) - first;
  return entries[index <= 0 ? 0 : index >= entries.length ? entries.length - 1 : index]!;
}
