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
export type SampleTables = readonly Uint8Array[];

/** Makes tables for stored values with at most 16 bits. */
export function sampleTables(values: StoredValues, display: GreyDisplay): SampleTables {
  const { palette, isPadding } = display;
  const tables = Array.from({ length: palette ? 3 : 1 }, () => new Uint8Array(2 ** values.bits));
  for (let pattern = 0; pattern < tables[0]!.length; pattern++) {
    const stored = values.valueOf(pattern);
    if (palette !== undefined && (display.paletteOnly || stored >= palette.first)) {
      const index = Math.max(0, stored - palette.first);
      [palette.red, palette.green, palette.blue].forEach((channel, at) => {
        tables[at]![pattern] = channel[Math.min(index, channel.length - 1)]!;
      });
    } else {
      const grey = isPadding?.(stored) ? 0 : toByte(display.grey(stored));
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
