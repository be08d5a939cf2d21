import type { JPEGHeader } from './jpeg-markers';

export type Samples = Uint8Array | Uint16Array;

/** Where the samples of a component go: the frame itself, or a plane of its own while it is smaller. */
export interface Plane {
  readonly samples: Samples;
  readonly width: number;
  readonly height: number;
  /** Of the first sample in `samples`, and from one sample and one row to the next. */
  readonly first: number;
  readonly stride: number;
  readonly rowStride: number;
}

/** Columns and rows of a component (ITU-T T.81 A.1.1). */
export function planeSizes(header: JPEGHeader, rows: number): { width: number; height: number }[] {
  const { horizontal, vertical } = largest(header);
  return header.components.map((component) => ({
    width: Math.ceil((header.columns * component.horizontal) / horizontal),
    height: Math.ceil((rows * component.vertical) / vertical),
  }));
}

/** The highest sampling factors. */
export function largest(header: JPEGHeader): { horizontal: number; vertical: number } {
  return {
    horizontal: Math.max(...header.components.map(({ horizontal }) => horizontal)),
    vertical: Math.max(...header.components.map(({ vertical }) => vertical)),
  };
}

/**
 * Enlarges a plane into a component of the frame. Twice in a direction is by a triangle of 3 to 1, as decoders agree on;
 * anything else repeats samples.
 */
export function enlarge(plane: Plane, frame: Plane): void {
  const twiceAcross = Math.ceil(frame.width / 2) === plane.width && plane.width > 2 && frame.width > plane.width;
  const twiceDown = Math.ceil(frame.height / 2) === plane.height && frame.height > plane.height;
  const smooth = twiceAcross && (twiceDown || plane.height === frame.height);
  const line = new Int32Array(plane.width);
  for (let y = 0; y < frame.height; y++) {
    const to = frame.first + y * frame.rowStride;
    if (!smooth) {
      const from = Math.floor((y * plane.height) / frame.height) * plane.width;
      const ratio = Math.round(frame.width / plane.width);
      for (let x = 0; x < frame.width; x++)
        frame.samples[to + x * frame.stride] = plane.samples[from + Math.floor(x / ratio)]!;
      continue;
    }
    mixRows(plane, y, twiceDown, line);
    mixColumns(line, twiceDown ? 4 : 1, frame, to);
  }
}

function mixRows({ samples, width, height }: Plane, y: number, twice: boolean, line: Int32Array): void {
  const nearer = twice ? y >> 1 : y;
  const farther = Math.min(height - 1, Math.max(0, nearer + ((y & 1) === 1 ? 1 : -1)));
  for (let x = 0; x < width; x++) {
    const near = samples[nearer * width + x]!;
    line[x] = twice ? 3 * near + samples[farther * width + x]! : near;
  }
}

/** @param scale of `line`: 1 or 4; halves are rounded down on the left and up on the right, so as to favour neither */
function mixColumns(line: Int32Array, scale: number, { samples, width, stride }: Plane, first: number): void {
  const shift = scale === 4 ? 4 : 2;
  const [left, right] = scale === 4 ? [8, 7] : [1, 2];
  const last = line.length - 1;
  for (let x = 0; x < width; x++) {
    const at = x >> 1;
    const near = line[at]!;
    const odd = (x & 1) === 1;
    const far = odd ? line[Math.min(at + 1, last)]! : line[Math.max(at - 1, 0)]!;
    samples[first + x * stride] = (3 * near + far + (odd ? right : left)) >> shift;
  }
}

/** YCbCr to RGB in place (ITU-T T.871 clause 7, ITU-R BT.601), three samples a pixel of `precision` bits. */
export function toRGB(samples: Samples, precision: number): void {
  const centre = 1 << (precision - 1);
  const most = (1 << precision) - 1;
  const [red, blue, greenRed, greenBlue] = [1.402, 1.772, 0.71414, 0.34414].map((factor) => Math.round(factor * 65536));
  const clamp = (value: number): number => Math.max(0, Math.min(value, most));
  for (let at = 0; at + 2 < samples.length; at += 3) {
    const y = samples[at]!;
    const cb = samples[at + 1]! - centre;
    const cr = samples[at + 2]! - centre;
    samples[at] = clamp(y + ((red! * cr + 32768) >> 16));
    samples[at + 1] = clamp(y + ((32768 - greenBlue! * cb - greenRed! * cr) >> 16));
    samples[at + 2] = clamp(y + ((blue! * cb + 32768) >> 16));
  }
}
