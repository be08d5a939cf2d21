import type { Frame } from '../../frame';
import type { Palette } from '../colour/palette';
import type { RowSource } from '../row-source';
import type { IsPadding } from './padding';
import type { StoredValues } from './stored-values';

/** How pixels with one sample are shown: 8-bit samples by stored value. */
export interface GreyDisplay {
  /** Maps stored values to a range from 0 (black) to 1 (white). */
  readonly grey: (stored: number) => number;
  readonly isPadding: IsPadding | undefined;
  /** Applies to the values from its first entry on. Lower values are shown in grey (PS3.3 C.7.6.19). */
  readonly palette?: Palette | undefined;
  /** The palette applies to all values: those below its first entry are shown as the first (PS3.3 C.7.6.3.1.5). */
  readonly paletteOnly?: boolean;
}

/** Tables of samples by bit pattern: one table for grey, or one for each colour. */
export type SampleTables = readonly Uint8Array[] | GrowingTable;

/**
 * A table for grey that is filled as pixels need it. Each request may choose a window, and few frames have more than some
 * thousand of the 65,536 values of 16 bits.
 */
interface GrowingTable {
  /** Samples by bit pattern, and UNKNOWN where no pixel has needed one yet. */
  readonly known: Uint16Array;
  sampleOf(pattern: number): number;
}

const UNKNOWN = 0x100;

/** Bits of the largest table that is filled at once: this takes less time than asking for each pixel whether it is filled. */
const FILLED_BITS = 13;

/** Makes tables for stored values with at most 16 bits. */
export function sampleTables(values: StoredValues, display: GreyDisplay): SampleTables {
  const { palette, isPadding } = display;
  const sampleOf = (stored: number): number => (isPadding?.(stored) ? 0 : toByte(display.grey(stored)));
  if (palette === undefined && values.bits > FILLED_BITS) {
    const known = new Uint16Array(2 ** values.bits).fill(UNKNOWN);
    return { known, sampleOf: (pattern) => sampleOf(values.valueOf(pattern)) };
  }
  const tables = Array.from({ length: palette ? 3 : 1 }, () => new Uint8Array(2 ** values.bits));
  for (let pattern = 0; pattern < tables[0]!.length; pattern++) {
    const stored = values.valueOf(pattern);
    if (palette !== undefined && (display.paletteOnly || stored >= palette.first)) {
      const index = Math.max(0, stored - palette.first);
      [palette.red, palette.green, palette.blue].forEach((channel, at) => {
        tables[at]![pattern] = channel[Math.min(index, channel.length - 1)]!;
      });
    } else {
      const grey = sampleOf(stored);
      for (const table of tables) table[pattern] = grey;
    }
  }
  return tables;
}

function toByte(fraction: number): number {
  return Math.floor(fraction * 255 + 0.5);
}

/** Makes rows of a frame with one sample per pixel, by tables. */
export function tableRows(frame: Frame, values: StoredValues, tables: SampleTables): RowSource {
  const { rows, columns } = frame.format;
  const patterns = new Uint16Array(columns);
  if ('known' in tables) {
    const row = (y: number, into: Uint8Array) => {
      values.patterns(y * columns, columns, patterns);
      growingRow(patterns, tables, into);
    };
    return { width: columns, height: rows, samples: 1, row };
  }
  const [red, green, blue] = tables as [Uint8Array, Uint8Array, Uint8Array];
  return {
    width: columns,
    height: rows,
    samples: tables.length === 1 ? 1 : 3,
    row(y, into) {
      values.patterns(y * columns, columns, patterns);
      if (tables.length === 1) {
        for (let x = 0; x < columns; x++) into[x] = red[patterns[x]!]!;
        return;
      }
      for (let x = 0, at = 0; x < columns; x++, at += 3) {
        const pattern = patterns[x]!;
        into[at] = red[pattern]!;
        into[at + 1] = green[pattern]!;
        into[at + 2] = blue[pattern]!;
      }
    },
  };
}

function growingRow(patterns: Uint16Array, { known, sampleOf }: GrowingTable, into: Uint8Array): void {
  for (let x = 0; x < patterns.length; x++) {
    const pattern = patterns[x]!;
    let sample = known[pattern]!;
    if (sample === UNKNOWN) {
      sample = sampleOf(pattern);
      known[pattern] = sample;
    }
    into[x] = sample;
  }
}

/** Makes rows of a frame with one sample per pixel whose values are too many for a table, or not integers. */
export function valueRows(frame: Frame, values: StoredValues, { grey, isPadding }: GreyDisplay): RowSource {
  const { rows, columns } = frame.format;
  const stored = new Float64Array(columns);
  return {
    width: columns,
    height: rows,
    samples: 1,
    row(y, into) {
      values.values(y * columns, columns, stored);
      for (let x = 0; x < columns; x++) {
        const value = stored[x]!;
        into[x] = Number.isNaN(value) || isPadding?.(value) ? 0 : toByte(grey(value));
      }
    },
  };
}
