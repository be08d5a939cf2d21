import { concatenated } from '../bytes';

/** Makes what turns stored bytes into those of an answer, chunk by chunk; for one pass over one range. */
export type Transform = () => {
  /** @returns bytes that are ready; they may be a view of the chunk, changed in place */
  push(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
};

const NOTHING = new Uint8Array(0);

/** One transform after another. */
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

/** Lets the bytes from `from` to `to` through. */
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

/** Reverses the bytes of each word: what was stored big-endian comes out little-endian (PS3.5 7.3). @param word 2, 4 or 8 */
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

/**
 * Takes `bits` bits from bit `skip` (0 to 7) of the first byte on, so that a frame of bits that starts within a byte
 * starts at one; the last byte is filled with zeros. Bits count from the least significant (PS3.5 8.1.1).
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

/** Takes the item headers out of a frame that is several fragments (PS3.5 A.4): the range starts with the first header. */
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

export const ITEM_HEADER_BYTES = 8;
