import { beforeEach, describe, expect, it } from 'vitest';
import type { PagingMarks } from '../../src/archive/ports';
import { PAGING_MS } from '../../src/archive/search/paging';

const NOW = 1_700_000_000_000;

/** What archive/ports.ts says of PagingMarks. */
export function pagingMarksContract(name: string, open: () => PagingMarks): void {
  describe(`PagingMarks: ${name}`, () => {
    let marks: PagingMarks;
    beforeEach(() => {
      marks = open();
    });

    it('recalls the last mark of a key', async () => {
      expect(await marks.recall('a', NOW)).toBeUndefined();
      await marks.remember('a', 7, NOW);
      await marks.remember('b', 8, NOW);
      expect(await marks.recall('a', NOW)).toBe(7);
      await marks.remember('a', 9, NOW + 1);
      expect(await marks.recall('a', NOW + 1)).toBe(9);
      expect(await marks.recall('b', NOW + 1)).toBe(8);
    });

    it('keeps a mark alive that is remembered again', async () => {
      for (let at = 0; at <= 4; at += 1) await marks.remember('a', 7, NOW + (at * PAGING_MS) / 4);
      expect(await marks.recall('a', NOW + 1.25 * PAGING_MS)).toBe(7);
    });

    it('does not recall an old one', async () => {
      await marks.remember('a', 7, NOW);
      expect(await marks.recall('a', NOW + PAGING_MS + 1)).toBeUndefined();
    });

    it('forgets those before a time, and no others', async () => {
      await marks.remember('old', 1, NOW);
      await marks.remember('new', 2, NOW + 10);
      await marks.forgetBefore(NOW + 10);
      expect(await marks.recall('old', NOW + 10)).toBeUndefined();
      expect(await marks.recall('new', NOW + 10)).toBe(2);
    });
  });
}
