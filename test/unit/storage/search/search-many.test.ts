import { describe, expect, it } from 'vitest';
import { searchKey } from '../../../../src/archive/search/search-keys';
import type { MatchValue, SearchQuery } from '../../../../src/archive/search/search-query';
import { findableWords } from '../../../../src/dicom/values/name-words';
import { searchSQL } from '../../../../src/storage/search/search-sql';
import { naiveSearch, type StudyEntity } from '../../../support/search/naive-search';
import { fillDatabase } from '../../../support/search/search-fixture';
import { seededRandom } from '../../../support/seeded-random';

/** More studies than a search sorts as a whole: 4000. */
const STUDIES = 4500;

const random = seededRandom(20_261_124);
const studies = Array.from({ length: STUDIES }, (_, at) => study(at));
const database = fillDatabase(studies);

describe(`when all of ${STUDIES} studies match, pages are those of a walk over everything`, () => {
  const smiths: Record<string, MatchValue> = { '00100010': { kind: 'wildcard', pattern: 'smi*' } };
  const johns: Record<string, MatchValue> = { '00100010': { kind: 'single', value: 'John Smith' } };
  it.each<[name: string, matches: Record<string, MatchValue>, more: Partial<SearchQuery>]>([
    ['newest first', smiths, {}],
    ['by name', smiths, { orderBy: [{ key: searchKey('00100010')!, descending: false }] }],
    ['by patient, the last first', smiths, { orderBy: [{ key: searchKey('00100020')!, descending: true }] }],
    ['by date, the oldest first', smiths, { orderBy: [{ key: searchKey('00080020')!, descending: false }] }],
    ['the most similar names first', johns, { fuzzyMatching: true }],
    ['of some days', { ...smiths, '00080020': { kind: 'range', from: '20190101', to: '20191231' } }, {}],
    ['of two keys', { ...smiths, '00100020': { kind: 'wildcard', pattern: '*7*' } }, {}],
  ])('%s', (_, matches, more) => {
    for (const offset of [0, 10, 3000, 4480]) {
      const query: SearchQuery = {
        level: 'study',
        matches: Object.entries(matches).map(([path, value]) => ({ key: searchKey(path)!, value })),
        fuzzyMatching: false,
        orderBy: [],
        limit: 30,
        offset,
        caseSensitive: false,
        attributesOf: [],
        ...more,
      };
      const { sql, parameters } = searchSQL(query);
      const found = database.prepare(sql).all(...parameters);
      const expected = naiveSearch(studies, query);
      expect(
        found.map(({ study_instance_uid }) => study_instance_uid),
        `from ${offset}`,
      ).toEqual(expected.map((id) => `1.2.${id}`));
    }
  });
});

/** A study of a Smith, or of a patient whose name sounds like Smith. */
function study(at: number): StudyEntity {
  const name = random.pick(['smith john', 'john smith', 'smith johnson', 'smithers johan', 'smith jon', 'smidt john']);
  const month = String(1 + random.below(12)).padStart(2, '0');
  return {
    id: at + 1,
    values: {
      study_instance_uid: `1.2.${at + 1}`,
      study_date: random.below(20) === 0 ? null : `20${15 + random.below(10)}${month}${10 + random.below(19)}`,
      study_time: random.pick(['10', '1015', null]),
      patient_id: String(at),
      patient_name: name,
      patient_name_words: JSON.stringify(findableWords(name)),
    },
    series: [],
  };
}
