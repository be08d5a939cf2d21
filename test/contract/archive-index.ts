import { beforeEach, describe, expect, it } from 'vitest';
import type { CommitGroup, DuplicatePolicy } from '../../src/archive/commit-group';
import type { ArchiveIndex } from '../../src/archive/ports';
import type { SearchQuery } from '../../src/archive/search/search-query';
import { archiveOfTwo, groupOf, HEAD, identityOf, SERIES, STUDY } from './samples';

const query = (more: Partial<SearchQuery> = {}): SearchQuery => ({
  level: 'instance',
  matches: [],
  fuzzyMatching: false,
  caseSensitive: false,
  orderBy: [],
  limit: 100,
  offset: 0,
  attributesOf: [],
  ...more,
});

/** The same instance with other bytes. */
function changed(group: CommitGroup, version: string, duplicates: DuplicatePolicy): CommitGroup {
  const instances = group.instances.map((one) => ({ ...one, version, digest: version, segment: version }));
  return { ...group, instances, segments: group.segments.map((one) => ({ ...one, name: version })), duplicates };
}

/** What archive/ports.ts says of ArchiveIndex. @param open gives the index of an empty archive */
export function archiveIndexContract(name: string, open: () => ArchiveIndex): void {
  describe(`ArchiveIndex: ${name}`, () => {
    let index: ArchiveIndex;
    beforeEach(() => {
      index = open();
    });
    const results = async (group: CommitGroup) => (await index.commit(group)).map(({ result }) => result);
    const versions = async () => (await index.instances({ studyInstanceUID: STUDY }, 0, 10)).map((row) => row.version);

    it('makes a group visible at once, and the same group again changes nothing', async () => {
      const group = groupOf(SERIES, 3);
      expect(await index.commit(group)).toEqual(
        Array(3).fill({ result: 'stored', seriesSegments: 1, patientIDOfStudy: 'p1' }),
      );
      const rows = await index.instances({ studyInstanceUID: STUDY }, 0, 10);
      expect(rows.map(({ sopInstanceUID }) => sopInstanceUID)).toEqual([1, 2, 3].map((n) => `${SERIES}.${n}`));
      expect(await results(group)).toEqual(Array(3).fill('stored'));
      const again = changed(group, 'again', 'reject');
      expect(
        await results({
          ...again,
          instances: group.instances.map((one) => ({ ...one, version: `again ${one.sopInstanceUID}` })),
        }),
      ).toEqual(Array(3).fill('identical'));
      expect(await versions()).toEqual(group.instances.map(({ version }) => version));
    });

    it('does with other bytes under known UIDs as the policy says', async () => {
      const group = groupOf(SERIES, 1);
      await index.commit(group);
      const { version } = group.instances[0]!;
      expect(await results(changed(group, 'refused', 'reject'))).toEqual(['conflict']);
      expect(await versions()).toEqual([version]);
      expect(await results(changed(group, 'aside', 'keep'))).toEqual(['kept']);
      expect(await versions()).toEqual([version]);
      expect(await results({ ...changed(group, 'newer', 'replace'), purgeAt: 9 })).toEqual(['stored']);
      expect(await versions()).toEqual(['newer']);
    });

    it('pages through instances in the order of storing', async () => {
      await archiveOfTwo(index);
      const scope = { studyInstanceUID: STUDY };
      const first = await index.instances(scope, 0, 2);
      const rest = await index.instances(scope, first.at(-1)!.id, 10);
      expect([...first, ...rest].map((row) => row.sopInstanceUID)).toEqual(
        [1, 2, 3].map((n) => `${SERIES}.${n}`).concat(`${HEAD}.1`, `${HEAD}.2`),
      );
      expect(await index.instances({ studyInstanceUID: STUDY, seriesInstanceUID: HEAD }, 0, 10)).toHaveLength(2);
      expect(await index.instances(identityOf(SERIES, 2), 0, 10)).toHaveLength(1);
      expect(await index.instances({ studyInstanceUID: '9' }, 0, 10)).toEqual([]);
    });

    it('gives an instance with its neighbours, and nothing where it is not', async () => {
      await archiveOfTwo(index);
      const rows = await index.layouts(identityOf(SERIES, 2), 10);
      expect(rows.map((row) => row.sopInstanceUID).sort()).toEqual([1, 2, 3].map((n) => `${SERIES}.${n}`));
      expect((await index.layouts(identityOf(SERIES, 2), 0)).map((row) => row.sopInstanceUID)).toEqual([`${SERIES}.2`]);
      const there = (await index.layouts(identityOf(SERIES, 9), 10)).map((row) => row.sopInstanceUID);
      expect(there).not.toContain(`${SERIES}.9`);
    });

    it('finds and counts what a search matches, by pages of one moment', async () => {
      await archiveOfTwo(index);
      const page = await index.search(query({ limit: 2 }));
      expect(page.rows).toHaveLength(2);
      expect(await index.count(query({ limit: 2 }))).toBe(5);
      await index.commit(groupOf('1.2.9', 1));
      const { newestRow } = page;
      const all = await index.search(query({ newestRow }));
      expect(all.rows).toHaveLength(5);
      expect((await index.search(query({ newestRow, limit: 2, offset: 4 }))).rows).toEqual(all.rows.slice(4));
      expect((await index.search(query())).rows).toHaveLength(6);
      expect(await index.search(query({ studyInstanceUID: '9' }))).toMatchObject({ rows: [] });
    });

    it('gives the rows of a search one by one', async () => {
      await archiveOfTwo(index);
      const within = query({ studyInstanceUID: STUDY });
      const ids = await index.matchingRows(within);
      expect(ids).toHaveLength(5);
      const rows = await index.rowsOf(within, [ids[3]!, ids[0]!, 1_000_000]);
      const { rows: found } = await index.search(within);
      expect(rows.map((row) => row.sopInstanceUID)).toEqual([found[3], found[0]].map((row) => row!.sopInstanceUID));
    });

    it('names the instance in the middle of the largest image series', async () => {
      expect(await index.representative({ studyInstanceUID: STUDY })).toBeUndefined();
      await archiveOfTwo(index);
      expect(await index.representative({ studyInstanceUID: STUDY })).toMatchObject({ sopInstanceUID: `${SERIES}.2` });
    });

    it('makes a secret once', async () => {
      const made = await Promise.all([index.secret('a'), index.secret('a'), index.secret('b')]);
      expect(made[0]).toHaveLength(32);
      expect(made[1]).toEqual(made[0]);
      expect(made[2]).not.toEqual(made[0]);
      expect(await open().secret('a')).toEqual(made[0]);
    });

    it('says where metadata lies, and moves it to a merged segment', async () => {
      await archiveOfTwo(index);
      const series = { studyInstanceUID: STUDY, seriesInstanceUID: SERIES };
      expect(await index.segments({ studyInstanceUID: '9' })).toEqual([]);
      expect((await index.segments({ studyInstanceUID: STUDY })).map((one) => one.name)).toEqual([SERIES, HEAD]);
      expect((await index.metadataLocations(series)).map((one) => one.sopInstanceUID)).toEqual(
        [1, 2, 3].map((n) => `${SERIES}.${n}`),
      );
      const wanted = [identityOf(SERIES, 3), identityOf(SERIES, 9)];
      expect(await index.metadataLocationsOf(wanted)).toMatchObject([
        { sopInstanceUID: `${SERIES}.3`, segment: SERIES },
      ]);
      const [row] = (await index.instances(series, 0, 10)).filter(({ sopInstanceUID }) =>
        sopInstanceUID.endsWith('.3'),
      );
      const { version, digest, byteLength, transferSyntaxUID } = row!;
      expect(await index.held(wanted)).toEqual([{ ...wanted[0], version, digest, byteLength, transferSyntaxUID }]);
      const [contents] = await index.segmentContents({ studyInstanceUID: STUDY, seriesInstanceUID: HEAD }, [HEAD]);
      expect(contents).toMatchObject({ segment: HEAD, parts: [], locations: [{}, {}] });

      const locations = (await index.metadataLocations(series)).map((one) => ({ ...one, from: SERIES, offset: 7 }));
      const stale = { ...locations[0]!, version: 'gone' };
      await index.replaceSegments({
        ...series,
        from: [SERIES],
        to: { ...series, name: 'merged', byteLength: 10, entryCount: 3 },
        parts: [],
        locations: [stale, ...locations.slice(1)],
        dueAt: 5,
      });
      const after = await index.metadataLocations(series);
      expect(after.map(({ segment }) => segment)).toEqual([SERIES, 'merged', 'merged']);
      expect(after[1]).toMatchObject({ offset: 7 });
    });

    it('knows when a series was stored to first and last', async () => {
      const series = { studyInstanceUID: STUDY, seriesInstanceUID: SERIES };
      expect(await index.seriesTimes(series)).toBeUndefined();
      await index.commit({ ...groupOf(SERIES, 1), now: 100 });
      await index.commit({ ...groupOf(SERIES, 1, 5), now: 300 });
      expect(await index.seriesTimes(series)).toEqual({ createdAt: 100, updatedAt: 300 });
    });

    it('knows whose frames are to be copied, until their copies are noted', async () => {
      const series = { studyInstanceUID: STUDY, seriesInstanceUID: SERIES };
      const pixels = { kind: 'native', offset: 0, length: 512, frames: 1, bitsPerFrame: 4096, word: 1 } as const;
      const group = groupOf(SERIES, 2);
      await index.commit({
        ...group,
        instances: group.instances.map((one) => ({ ...one, layout: { object: 'dcm', pixels } })),
      });
      const rows = await index.framesToCopy(series, 10);
      expect(rows).toHaveLength(2);
      expect(await index.framesToCopy(series, 1)).toHaveLength(1);
      await index.keepFrameCopies(rows.map(({ id, version }, at) => ({ id, version, length: at * 100 })));
      expect(await index.framesToCopy(series, 10)).toEqual([]);
    });
  });
}
