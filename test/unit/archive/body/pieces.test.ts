import { describe, expect, it } from 'vitest';
import { inRanges, lengthOf, type ObjectPiece, objectPiece, textPiece } from '../../../../src/archive/body/pieces';

const MIB = 1024 ** 2;

describe('a long range of an object', () => {
  it('is read in shorter ones that follow each other', () => {
    const whole = objectPiece('one', 1000, 6 * 1024 * MIB + 7);
    const ranges = [...inRanges(whole)] as ObjectPiece[];
    expect(lengthOf(ranges)).toBe(whole.length);
    let at = whole.offset;
    for (const { key, offset, span } of ranges) {
      expect({ key, offset, isShort: span > 0 && span <= 8 * MIB }).toEqual({ key: 'one', offset: at, isShort: true });
      at += span;
    }
  });

  it('begins with a short one, because a client may not read on', () => {
    const spans = [...inRanges(objectPiece('one', 0, 30 * MIB))].map(({ length }) => length / MIB);
    expect(spans).toEqual([1, 2, 4, 8, 8, 7]);
  });

  it('stays one, if it is short or has to be changed, as do bytes', () => {
    const changed: ObjectPiece = { ...objectPiece('one', 0, 100 * MIB), transform: () => ({}) as never };
    for (const piece of [objectPiece('one', 5, MIB), changed, textPiece('text')]) {
      expect([...inRanges(piece)]).toEqual([piece]);
    }
  });
});
