import type { DicomJson } from '../../../dicom/json/json-model';
import { type TableDescriptor, tableDescriptor, tableEntries } from '../grey/lookup-table';
import type { BytesOf } from '../settings';
import { unfoldSegments } from './segmented-palette';

/** A Palette Color Lookup Table (PS3.3 C.7.9): red, green and blue with 8 bits each, for the values from `first` on. */
export interface Palette {
  readonly first: number;
  readonly red: Uint8Array;
  readonly green: Uint8Array;
  readonly blue: Uint8Array;
}

interface Channel {
  readonly descriptor: string;
  readonly data: string;
  readonly segmented: string;
}

const CHANNELS: readonly Channel[] = [
  { descriptor: '00281101', data: '00281201', segmented: '00281221' },
  { descriptor: '00281102', data: '00281202', segmented: '00281222' },
  { descriptor: '00281103', data: '00281203', segmented: '00281223' },
];

/**
 * Reads the palette of an image.
 * @param signed Pixel Representation
 * @returns undefined when the image has no palette, or not for all three colours
 */
export async function readPalette(dataSet: DicomJson, signed: boolean, bytesOf: BytesOf): Promise<Palette | undefined> {
  const tables: { descriptor: TableDescriptor; entries: Uint16Array }[] = [];
  for (const channel of CHANNELS) {
    const descriptor = tableDescriptor(dataSet, channel.descriptor, signed);
    const entries = descriptor && (await entriesOf(dataSet, channel, descriptor, bytesOf));
    if (!entries?.length) return undefined;
    tables.push({ descriptor: descriptor!, entries });
  }
  // Many writers say 16 bits and mean 8: when all entries are below 256, they have 8 bits.
  const wide = tables.some(({ entries }) => entries.some((entry) => entry > 0xff));
  const [red, green, blue] = tables.map(({ entries }) =>
    Uint8Array.from(entries, (entry) => (wide ? entry >> 8 : entry)),
  );
  return { first: tables[0]!.descriptor.first, red: red!, green: green!, blue: blue! };
}

async function entriesOf(
  dataSet: DicomJson,
  channel: Channel,
  descriptor: TableDescriptor,
  bytesOf: BytesOf,
): Promise<Uint16Array | undefined> {
  const plain = await tableEntries(dataSet[channel.data], descriptor, bytesOf);
  const segmented = dataSet[channel.segmented];
  if (plain !== undefined || segmented === undefined) return plain;
  const bytes = await bytesOf(segmented);
  return bytes && unfoldSegments(bytes, descriptor.bits > 8);
}
