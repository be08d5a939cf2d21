import { expect, it } from 'vitest';
import { ArchiveUIDs } from '../../../../src/archive/deidentify/archive-uids';
import { deidentifiedSearch } from '../../../../src/archive/deidentify/deidentified-search';
import { TooManyToCompareError } from '../../../../src/archive/deidentify/too-many-to-compare';
import type { Archive } from '../../../../src/archive/ports';
import { searchKey } from '../../../../src/archive/search/search-keys';
import type { SearchQuery } from '../../../../src/archive/search/search-query';
import { Deidentification } from '../../../../src/dicom/deidentify/deidentification';
import type { DeidentifyOptions } from '../../../../src/dicom/deidentify/deidentify-options';

const KEY = new TextEncoder().encode('the key of an archive');

/** A search of an archive with so many studies, all of one patient. */
function searchOf(studies: number, options: DeidentifyOptions = {}) {
  const kept = new Map<string, string>();
  const row = (at: number) => ({
    studyInstanceUID: `1.2.${at}`,
    study: new Map([['00100020', '{"vr":"LO","Value":["MRN"]}']]),
  });
  const archive = {
    index: {
      search: async ({ limit, offset }: SearchQuery) => ({
        rows: Array.from({ length: Math.max(0, Math.min(limit, studies - offset)) }, (_, at) => row(offset + at)),
        newestRow: 0,
      }),
    },
    deidentifiedStudies: {
      keep: async (some: ReadonlyMap<string, string>) => {
        for (const [replaced, own] of some) kept.set(replaced, own);
      },
      find: async (replaced: readonly string[]) =>
        new Map(replaced.flatMap((uid) => (kept.has(uid) ? [[uid, kept.get(uid)!]] : []))),
    },
  } as unknown as Archive;
  const by = new Deidentification(options, KEY);
  const search = deidentifiedSearch(archive, by, new ArchiveUIDs(archive, by));
  const query = (value: string): SearchQuery => ({
    level: 'study',
    matches: [{ key: searchKey('00100020')!, value: { kind: 'single', value } }],
    fuzzyMatching: false,
    orderBy: [],
    limit: 100,
    offset: 0,
    caseSensitive: false,
    attributesOf: ['study'],
  });
  return { by, kept, find: (value: string) => search.search(query(value)) };
}

it('a search for a replaced value compares all that the other keys match', async () => {
  const { by, kept, find } = searchOf(300);
  const { patientID } = await by.pseudonym('MRN\n');
  expect((await find(patientID)).rows).toHaveLength(100);
  expect((await find('MRN')).rows).toHaveLength(0);
  expect(kept.get(await by.uid('1.2.299'))).toBe('1.2.299');
});

it('and is refused when that is too much: an answer without some of the matches would look complete', async () => {
  await expect(searchOf(10_001).find('MRN')).rejects.toThrow(TooManyToCompareError);
});
