import { beforeEach, describe, expect, it } from 'vitest';
import type { ArchiveIndex } from '../../src/archive/ports';
import type { SearchAttributeIndex } from '../../src/archive/search-attributes/search-attribute-index';
import { archiveOfTwo, groupOf, HEAD, identityOf, SERIES, STUDY } from './samples';

const BEGINNING = { seriesRow: 0, sopInstanceUID: null };

/** What archive/search-attributes/search-attribute-index.ts says of it. @param open gives both indexes of an empty archive */
export function searchAttributeIndexContract(
  name: string,
  open: () => { searchAttributes: SearchAttributeIndex; index: ArchiveIndex },
): void {
  describe(`SearchAttributeIndex: ${name}`, () => {
    let attributes: SearchAttributeIndex;
    let index: ArchiveIndex;
    beforeEach(async () => {
      ({ searchAttributes: attributes, index } = open());
    });
    const named = async () => (await attributes.state()).attributes.map((one) => one.name).toSorted();

    it('knows attributes once they are added', async () => {
      expect((await attributes.state()).attributes).toEqual([]);
      expect(await attributes.add(['a', 'b'], 5)).toBe(true);
      expect(await attributes.add(['a', 'b'], 6)).toBe(false);
      expect(await attributes.add(['a', 'c'], 7)).toBe(true);
      expect(await named()).toEqual(['a', 'b', 'c']);
    });

    it('begins with the first series, and is complete where everything is done', async () => {
      await archiveOfTwo(index);
      await attributes.add(['a'], 5);
      const [before] = (await attributes.state()).attributes;
      expect(before).toMatchObject({ name: 'a', position: BEGINNING, seriesDone: 0, seriesTotal: 2, complete: false });
      const series = await attributes.seriesAfter(BEGINNING, 10);
      expect(series.map((one) => [one.seriesInstanceUID, one.instances])).toEqual([
        [SERIES, 3],
        [HEAD, 2],
      ]);
      expect(JSON.parse(series[0]!.studyAttributes)).toMatchObject({ '00100020': { Value: ['P1'] } });
      expect(await attributes.seriesAfter(BEGINNING, 1)).toEqual(series.slice(0, 1));
      const last = { seriesRow: series[1]!.row, sopInstanceUID: null };
      expect(await attributes.seriesAfter(last, 10)).toEqual([]);

      const advance = { names: ['a'], from: BEGINNING, to: last, seriesDone: 2, now: 6 };
      await attributes.keep({ studies: [], series: [], instances: [] }, advance);
      await attributes.complete(last, 7);
      expect((await attributes.state()).attributes).toMatchObject([{ name: 'a', seriesDone: 2, complete: true }]);
    });

    it('comes on within a series, instance by instance', async () => {
      await archiveOfTwo(index);
      await attributes.add(['a'], 5);
      const [first] = await attributes.seriesAfter(BEGINNING, 1);
      const two = await attributes.instancesOf([first!], 2);
      expect(two.map((one) => one.sopInstanceUID)).toEqual([`${SERIES}.1`, `${SERIES}.2`]);
      const to = { seriesRow: first!.row, sopInstanceUID: `${SERIES}.2` };
      const [rest] = await attributes.seriesAfter(to, 1);
      expect(rest).toMatchObject({ seriesInstanceUID: SERIES, after: `${SERIES}.2` });
      expect(await attributes.instancesOf([rest!], 10)).toMatchObject([{ sopInstanceUID: `${SERIES}.3` }]);
      const both = await attributes.seriesAfter(BEGINNING, 2);
      expect(await attributes.instancesOf(both, 10)).toHaveLength(5);
    });

    it('does not set back an attribute that is further on', async () => {
      await archiveOfTwo(index);
      await attributes.add(['a'], 5);
      const [first, second] = await attributes.seriesAfter(BEGINNING, 2);
      const at = (row: number) => ({ seriesRow: row, sopInstanceUID: null });
      const none = { studies: [], series: [], instances: [] };
      const advance = { names: ['a'], from: BEGINNING, seriesDone: 1, now: 6 };
      await attributes.keep(none, { ...advance, to: at(second!.row), seriesDone: 2 });
      await attributes.keep(none, { ...advance, to: at(first!.row) });
      expect((await attributes.state()).attributes).toMatchObject([{ position: at(second!.row) }]);
    });

    it('gives up every attribute but some, and deletes their values by and by', async () => {
      await archiveOfTwo(index);
      await attributes.add(['a', 'b'], 5);
      const values = ['a', 'b'].map((name) => ({ name, value: 'x', item: '' }));
      const instances = groupOf(SERIES, 3).instances.map(({ version }, at) => ({
        ...identityOf(SERIES, at + 1),
        version,
        values,
      }));
      await attributes.keep({ studies: [], series: [], instances });
      await attributes.keepOnly(['a']);
      expect(await named()).toEqual(['a']);
      expect((await attributes.state()).givenUp).toBe(true);
      expect(await attributes.deleteGivenUp(1)).toBe(false);
      while (!(await attributes.deleteGivenUp(1)));
      expect((await attributes.state()).givenUp).toBe(false);
    });

    it('keeps a mark on a series whose values a store left out, until they are there', async () => {
      await archiveOfTwo(index);
      await attributes.add(['a'], 5);
      expect(await attributes.markedSeries(10)).toEqual([]);
      const series = { studyInstanceUID: STUDY, seriesInstanceUID: SERIES };
      const values = { names: ['a'], studies: [], series: [], instances: [], unindexed: [series] };
      await index.commit({ ...groupOf(SERIES, 1, 4), values });
      const marked = await attributes.markedSeries(10);
      expect(marked).toMatchObject([{ ...series, instances: 4 }]);
      expect((await attributes.state()).waiting).toBe(1);
      await attributes.keep({ studies: [], series: [], instances: [] }, { done: marked, now: 6 });
      expect(await attributes.markedSeries(10)).toEqual([]);
      expect((await attributes.state()).waiting).toBe(0);
    });
  });
}
