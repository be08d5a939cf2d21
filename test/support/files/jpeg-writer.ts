/**
 * Writes JPEG (ITU-T T.81) of kinds that the available encoders do not write: restarts, a scan for each component,
 * unusual precisions.
 */

/** Bits of an entropy-coded segment. */
class Bits {
  readonly bytes: number[] = [];
  #held: number[] = [];

  put(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--) {
      this.#held.push((value >> bit) & 1);
      if (this.#held.length === 8) this.#flush();
    }
  }

  pad(): void {
    while (this.#held.length > 0) this.put(1, 1);
  }

  /** One of the codes of HUFFMAN_TABLE, and the bits of the difference (T.81 F.1.2.1). */
  difference(value: number): void {
    const size = value === 0 ? 0 : 32 - Math.clz32(Math.abs(value));
    this.put(size, 5);
    if (size < 16) this.put(value < 0 ? value - 1 : value, size);
  }

  #flush(): void {
    const byte = this.#held.reduce((sum, bit) => 2 * sum + bit, 0);
    this.bytes.push(byte, ...(byte === 0xff ? [0] : []));
    this.#held = [];
  }
}

/** Sizes 0 to 16, as codes of 5 bits that are the same number; for coefficients, one bit that ends the block. */
const HUFFMAN_TABLES = [
  ...[0x00, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...Array.from({ length: 17 }, (_, size) => size)],
  ...[0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
];

interface WrittenImage {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly precision: number;
  /** Units of coding. */
  readonly restartInterval: number;
  /** All components share one scan. */
  readonly together: boolean;
}

/** @param values samples of a pixel together */
export function writeLossless(image: WrittenImage, predictor: number, values: readonly number[], low = 0): Uint8Array {
  const { columns, samples, precision, restartInterval } = image;
  const shifted = values.map((value) => value >> low);
  return write(image, 0xc3, [predictor, 0, low], (bits, unit, component) => {
    const at = unit * samples + component;
    const x = unit % columns;
    const start = (restartInterval > 0 ? unit % restartInterval : unit) < columns;
    const a = shifted[at - samples]!;
    const b = shifted[at - columns * samples]!;
    const c = shifted[at - (columns + 1) * samples]!;
    const prediction =
      x === 0
        ? start
          ? 2 ** (precision - low - 1)
          : b
        : start
          ? a
          : [0, a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1][predictor]!;
    const difference = (shifted[at]! - prediction) & 0xffff;
    bits.difference(difference > 0x8000 ? difference - 0x10000 : difference);
  });
}

/** Blocks of one value each, of a quantisation table of ones. @param values one for a block, those of a unit together */
export function writeFlatBlocks(image: WrittenImage, values: readonly number[]): Uint8Array {
  const { samples, restartInterval } = image;
  return write(image, 0xc1, [0, 63, 0], (bits, unit, component) => {
    const before =
      restartInterval > 0 && unit % restartInterval === 0 ? undefined : values[(unit - 1) * samples + component];
    bits.difference(values[unit * samples + component]! - (before ?? 0));
    bits.put(0, 1);
  });
}

function write(
  image: WrittenImage,
  process: number,
  selection: readonly number[],
  writeUnit: (bits: Bits, unit: number, component: number) => void,
): Uint8Array {
  const { rows, columns, samples, precision, restartInterval, together } = image;
  const across = process === 0xc3 ? columns : Math.ceil(columns / 8);
  const units = across * (process === 0xc3 ? rows : Math.ceil(rows / 8));
  const all = Array.from({ length: samples }, (_, component) => component);
  const size = [rows >> 8, rows & 255, columns >> 8, columns & 255];
  const bytes = [
    ...[0xff, 0xd8],
    ...segment(0xdb, [0, ...new Array<number>(64).fill(1)]),
    ...segment(process, [precision, ...size, samples, ...all.flatMap((component) => [component + 1, 0x11, 0])]),
    ...segment(0xc4, HUFFMAN_TABLES),
    ...segment(0xdd, [restartInterval >> 8, restartInterval & 255]),
  ];
  for (const components of together ? [all] : all.map((component) => [component])) {
    bytes.push(...segment(0xda, [components.length, ...components.flatMap((one) => [one + 1, 0]), ...selection]));
    let bits = new Bits();
    for (let unit = 0; unit < units; unit++) {
      if (restartInterval > 0 && unit > 0 && unit % restartInterval === 0) {
        bits.pad();
        append(bytes, bits.bytes);
        bytes.push(0xff, 0xd0 + ((unit / restartInterval - 1) % 8));
        bits = new Bits();
      }
      for (const component of components) writeUnit(bits, unit, component);
    }
    bits.pad();
    append(bytes, bits.bytes);
  }
  bytes.push(0xff, 0xd9);
  return Uint8Array.from(bytes);
}

/** A large image has more bytes than a call may have arguments. */
function append(bytes: number[], more: readonly number[]): void {
  for (const byte of more) bytes.push(byte);
}

function segment(code: number, bytes: readonly number[]): number[] {
  const length = bytes.length + 2;
  return [0xff, code, length >> 8, length & 255, ...bytes];
}
