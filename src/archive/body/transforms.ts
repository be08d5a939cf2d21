import { clearUnusedBits, type SampleBits } from '../../dicom/pixels/unused-bits';
import { concatenated } from '../bytes';

/**
 * Makes a function that turns stored bytes into the bytes of a response, chunk by chunk. Each serves one pass over one
 * range.
 */
export type Transform = () => {
  /** @returns bytes that are ready; they may be a view of the chunk, changed in place */
  push(chunk: Uint8Array): Uint8Array;
  /** @returns the remaining bytes of the range */
  end(): Uint8Array;
};

const NOTHING = new Uint8Array(0);

/** Applies one transform after another. */
export function chained(first: Transform, second: Transform): Transform {
  return () => {
    const one = first();
    const two = second();
    return {
      push: (chunk) => two.push(one.push(chunk)),
      end: () => concatenated([two.push(one.end()), two.end()]),
    };
  };
}

/** Lets only the bytes from `from` up to `to` pass. */
export function clip(from: number, to: number): Transform {
  return () => {
    let at = 0;
    return {
      push(chunk) {
        const start = Math.min(Math.max(from - at, 0), chunk.length);
        const stop = Math.max(Math.min(to - at, chunk.length), start);
        at += chunk.length;
        return chunk.subarray(start, stop);
      },
      end: () => NOTHING,
    };
  };
}

/**
 * Reverses the bytes of each word: words that are stored big-endian come out little-endian (PS3.5 7.3).
 * @param word 2, 4 or 8
 */
export function reverseWords(word: number): Transform {
  return () => {
    let rest = NOTHING;
    return {
      push(chunk) {
        const bytes = rest.length === 0 ? chunk : concatenated([rest, chunk]);
        const whole = bytes.length - (bytes.length % word);
        for (let at = 0; at < whole; at += word) {
          for (let low = at, high = at + word - 1; low < high; low += 1, high -= 1) {
            const byte = bytes[low]!;
            bytes[low] = bytes[high]!;
            bytes[high] = byte;
          }
        }
        rest = bytes.slice(whole);
        return bytes.subarray(0, whole);
      },
      end: () => rest,
    };
  };
}

/** Clears the unused bits of pixel cells. The range starts with a cell. */
export function clearBits(bits: SampleBits): Transform {
  const size = bits.allocated / 8;
  return () => {
    let rest = NOTHING;
    return {
      push(chunk) {
        const bytes = rest.length === 0 ? chunk : concatenated([rest, chunk]);
        const whole = bytes.length - (bytes.length % size);
        clearUnusedBits(bytes.subarray(0, whole), bits);
        rest = bytes.slice(whole);
        return bytes.subarray(0, whole);
      },
      // Less than a cell belongs to no sample.
      end: () => rest.fill(0),
    };
  };
}

/**
 * Takes `bits` bits, beginning at bit `skip` (0 to 7) of the first byte, so that a frame of single bits that starts
 * within a byte begins with its own byte. The last byte is padded with zeros. Bits count from the least significant one
 * (PS3.5 8.1.1).
 */
export function alignBits(skip: number, bits: number): Transform {
  return () => {
    const length = Math.ceil(bits / 8);
    let made = 0;
    let low: number | undefined;
    const finish = (byte: number): number => {
      made += 1;
      const used = bits - (made - 1) * 8;
      return used >= 8 ? byte : byte & ((1 << used) - 1);
    };
    return {
      push(chunk) {
        const out = new Uint8Array(chunk.length);
        let filled = 0;
        for (const high of chunk) {
          if (low !== undefined && made < length) out[filled++] = finish(((low >> skip) | (high << (8 - skip))) & 0xff);
          low = high;
        }
        return out.subarray(0, filled);
      },
      end: () => (low !== undefined && made < length ? Uint8Array.of(finish(low >> skip)) : NOTHING),
    };
  };
}

/**
 * Removes the item headers from a frame that consists of several fragments (PS3.5 A.4). The range starts with the first
 * header.
 */
export function joinFragments(): Transform {
  return () => {
    let left = 0;
    let header = NOTHING;
    return {
      push(chunk) {
        const out = new Uint8Array(chunk.length);
        let filled = 0;
        let at = 0;
        while (at < chunk.length) {
          if (left > 0) {
            const take = Math.min(left, chunk.length - at);
            out.set(chunk.subarray(at, at + take), filled);
            filled += take;
            left -= take;
            at += take;
          } else {
            const take = Math.min(ITEM_HEADER_BYTES - header.length, chunk.length - at);
            header = concatenated([header, chunk.subarray(at, at + take)]);
            at += take;
            if (header.length === ITEM_HEADER_BYTES) {
              left = new DataView(header.buffer).getUint32(4, true);
              header = NOTHING;
            }
          }
        }
        return out.subarray(0, filled);
      },
      end: () => NOTHING,
    };
  };
}

/** Overwrites the bytes of a compressed frame that do not belong to the image. @see Eraser */
export function erase(make: () => Eraser): Transform {
  return () => {
    const eraser = make();
    return {
      push(chunk) {
        eraser.erase(chunk);
        return chunk;
      },
      end: () => NOTHING,
    };
  };
}

/** One pass over the bytes of a frame, or of several frames one after the other: CommentEraser, RLEEraser. */
export interface Eraser {
  /** The next bytes are the first of a fragment. */
  beginFragment(): void;
  /** @param bytes are changed in place */
  erase(bytes: Uint8Array): void;
}

/** Does the same in fragments with their item headers, which stay. The range starts with the first header. */
export function eraseInFragments(make: () => Eraser): Transform {
  return () => {
    const eraser = make();
    let left = 0;
    let header = NOTHING;
    return {
      push(chunk) {
        for (let at = 0; at < chunk.length; ) {
          const take = Math.min(left > 0 ? left : ITEM_HEADER_BYTES - header.length, chunk.length - at);
          const bytes = chunk.subarray(at, at + take);
          at += take;
          if (left > 0) {
            eraser.erase(bytes);
            left -= take;
            continue;
          }
          header = concatenated([header, bytes]);
          if (header.length < ITEM_HEADER_BYTES) continue;
          left = new DataView(header.buffer).getUint32(4, true);
          header = NOTHING;
          eraser.beginFragment();
        }
        return chunk;
      },
      end: () => NOTHING,
    };
  };
}

/** The header of an item: tag and length (PS3.5 7.5). */
export const ITEM_HEADER_BYTES = 8;
