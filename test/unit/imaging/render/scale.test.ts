import { describe, expect, it } from 'vitest';
import { Pauses } from '../../../../src/imaging/pauses';
import type { RowSource } from '../../../../src/imaging/render/row-source';
import { scaled } from '../../../../src/imaging/render/scale';

const PIECE = 1 << 16;

/** Rows of a ramp. */
function source(width: number, height: number): RowSource {
  return { width, height, samples: 1, row: (y, into) => into.fill(y & 0xff) };
}

describe('scaling a picture', () => {
  it('pauses between rows, whether it shrinks, enlarges or copies', async () => {
    for (const [from, to] of [
      [1024, 256],
      [256, 1024],
      [1024, 1024],
    ] as const) {
      const pauses = new Pauses(PIECE);
      const whole = { x: 0, y: 0, width: from, height: from };
      const bytes = await scaled(source(from, from), whole, to, to, pauses);
      expect(bytes.length).toBe(to * to);
      expect(pauses.taken, `${from} to ${to}`).toBeGreaterThanOrEqual((1024 * 1024) / PIECE - 1);
    }
  });
});
