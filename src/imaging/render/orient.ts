import type { Orientation } from './geometry';

/** A picture in memory, with 8-bit samples. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly samples: 1 | 3;
  readonly bytes: Uint8Array;
}

/** Orients a picture. Exchanging the axes makes a copy; flipping works in place. */
export function oriented(picture: Picture, orientation: Orientation): Picture {
  const turned = orientation.transposed ? transposed(picture) : picture;
  if (orientation.flippedHorizontally) flipHorizontally(turned);
  if (orientation.flippedVertically) flipVertically(turned);
  return turned;
}

function transposed({ width, height, samples, bytes }: Picture): Picture {
  const turned = new Uint8Array(bytes.length);
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = (x * height + y) * samples;
      for (let sample = 0; sample < samples; sample++) turned[to + sample] = bytes[from++]!;
    }
  }
  return { width: height, height: width, samples, bytes: turned };
}

function flipHorizontally({ width, height, samples, bytes }: Picture): void {
  for (let y = 0; y < height; y++) {
    let left = y * width * samples;
    let right = left + (width - 1) * samples;
    for (; left < right; left += samples, right -= samples) {
      for (let sample = 0; sample < samples; sample++) {
        const kept = bytes[left + sample]!;
        bytes[left + sample] = bytes[right + sample]!;
        bytes[right + sample] = kept;
      }
    }
  }
}

function flipVertically({ width, height, samples, bytes }: Picture): void {
  const stride = width * samples;
  const kept = new Uint8Array(stride);
  for (let top = 0, bottom = height - 1; top < bottom; top++, bottom--) {
    kept.set(bytes.subarray(top * stride, (top + 1) * stride));
    bytes.copyWithin(top * stride, bottom * stride, (bottom + 1) * stride);
    bytes.set(kept, bottom * stride);
  }
}
