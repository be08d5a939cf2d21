interface DecodedFrame {
  readonly width: number;
  readonly height: number;
  readonly delay: number;
  /** Red, green and blue of each pixel. */
  readonly colours: Uint8Array;
}

interface DecodedGif {
  readonly width: number;
  readonly height: number;
  readonly loops: boolean;
  readonly frames: DecodedFrame[];
}

/** Reads GIF89a by the specification: every block, its colour tables, and LZW with growing codes. */
export function decodeGif(file: Uint8Array): DecodedGif {
  let at = 0;
  const byte = () => {
    if (at >= file.length) throw new Error('cut short');
    return file[at++]!;
  };
  const word = () => byte() + byte() * 256;
  const text = (length: number) => String.fromCharCode(...Array.from({ length }, byte));
  const blocks = () => {
    const data: number[] = [];
    for (let length = byte(); length !== 0; length = byte()) for (let i = 0; i < length; i++) data.push(byte());
    return data;
  };
  const table = (flags: number) => Array.from({ length: 3 * 2 ** ((flags & 7) + 1) }, byte);
  if (text(6) !== 'GIF89a') throw new Error('no signature');
  const [width, height] = [word(), word()];
  const flags = byte();
  at += 2;
  const shared = flags & 0x80 ? table(flags) : [];
  let loops = false;
  let delay = 0;
  const frames: DecodedFrame[] = [];
  for (let kind = byte(); kind !== 0x3b; kind = byte()) {
    if (kind === 0x21) {
      const label = byte();
      const data = blocks();
      if (label === 0xff) loops = String.fromCharCode(...data.slice(0, 11)) === 'NETSCAPE2.0';
      if (label === 0xf9) delay = data[1]! + data[2]! * 256;
    } else if (kind === 0x2c) {
      at += 4;
      const [columns, rows] = [word(), word()];
      const own = byte();
      const colours = own & 0x80 ? table(own) : shared;
      const indices = decompress(byte(), blocks());
      if (indices.length !== columns * rows) throw new Error(`${indices.length} pixels`);
      const pixels = new Uint8Array(indices.length * 3);
      indices.forEach((index, pixel) => {
        pixels.set(colours.slice(index * 3, index * 3 + 3), pixel * 3);
      });
      frames.push({ width: columns, height: rows, delay, colours: pixels });
    } else throw new Error('no block');
  }
  if (at !== file.length) throw new Error('more after the end');
  return { width, height, loops, frames };
}

function decompress(codeSize: number, data: readonly number[]): number[] {
  const clear = 2 ** codeSize;
  const indices: number[] = [];
  let strings: number[][] = [];
  let bits = 0;
  let before: number[] | undefined;
  const reset = () => {
    strings = Array.from({ length: clear + 2 }, (_, code) => (code < clear ? [code] : []));
    bits = codeSize + 1;
    before = undefined;
  };
  reset();
  for (let place = 0; ; ) {
    if (place + bits > data.length * 8) throw new Error('no end of data');
    let code = 0;
    for (let i = 0; i < bits; i++, place++) code |= ((data[place >> 3]! >> (place & 7)) & 1) << i;
    if (code === clear) {
      reset();
      continue;
    }
    if (code === clear + 1) return indices;
    const string: number[] = strings[code] ?? (before ? [...before, before[0]!] : []);
    if (string.length === 0 || code > strings.length) throw new Error('no such code');
    for (const index of string) indices.push(index);
    if (before !== undefined && strings.length < 4096) strings.push([...before, string[0]!]);
    if (strings.length === 2 ** bits && bits < 12) bits++;
    before = string;
  }
}
