import { describe, expect, it } from 'vitest';
import type { QueryLevel } from '../../../../src/archive/search/search-keys';
import { searchKey } from '../../../../src/archive/search/search-keys';
import type { MatchValue, SearchQuery } from '../../../../src/archive/search/search-query';
import { searchSQL } from '../../../../src/storage/search/search-sql';
import { fillDatabase, generateStudies } from '../../../support/search/search-fixture';
import { seededRandom } from '../../../support/seeded-random';

const database = fillDatabase(generateStudies(seededRandom(1), 50));

/** The steps by which SQLite runs a search, one on each line. */
function plan(level: QueryLevel, matches: Record<string, MatchValue>, scope: Partial<SearchQuery> = {}): string {
  const { sql, parameters } = searchSQL({
    level,
    matches: Object.entries(matches).map(([path, value]) => ({ key: searchKey(path)!, value })),
    fuzzyMatching: false,
    orderBy: [],
    limit: 101,
    offset: 0,
    caseSensitive: false,
    attributesOf: [level],
    ...scope,
  });
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters);
  return steps.map(({ detail }) => detail).join('\n');
}

const single = (value: string): MatchValue => ({ kind: 'single', value });
const wildcard = (pattern: string): MatchValue => ({ kind: 'wildcard', pattern });

/**
 * A step that reads a table from one end to the other. Other scans are of blocks of dates, JSON parameters and probes.
 */
const SCANS = /SCAN (study|series|instance|study_term|request_attribute|series_sop_class)\b/;

describe('searches are answered from indexes', () => {
  it('lists are walked in their order and stop at the limit', () => {
    for (const level of ['study', 'series', 'instance'] as const) {
      expect(plan(level, {})).toMatch(/^SCAN study USING INDEX study_by_study_date\n?/);
      expect(plan(level, {})).not.toContain('USE TEMP B-TREE FOR ORDER BY');
    }
  });

  const FEW = 'field=? AND term=?';
  const START = 'field=? AND term>? AND term<?';
  it.each<[name: string, level: QueryLevel, tag: string, value: MatchValue, index: string]>([
    ['StudyInstanceUID', 'study', '0020000D', single('1.2'), 'study_instance_uid=?'],
    ['a list of them', 'study', '0020000D', { kind: 'list', values: ['1.2', '3.4'] }, 'study_instance_uid=?'],
    [
      'StudyDate',
      'study',
      '00080020',
      { kind: 'range', from: '20240101', to: '20240131' },
      'study_date>? AND study_date<?',
    ],
    ['PatientID', 'study', '00100020', single('1'), 'patient_id=?'],
    ['the start of one', 'study', '00100020', wildcard('1*'), START],
    ['the middle of one', 'study', '00100020', wildcard('*1*'), START],
    ['the middle of a long one', 'study', '00100020', wildcard('*1234567890123456789*'), FEW],
    ['AccessionNumber', 'study', '00080050', single('1'), 'accession_number=?'],
    ['StudyDescription', 'study', '00081030', wildcard('*chest*'), START],
    ['PatientName', 'study', '00100010', single('DOE^JOHN'), FEW],
    ['the start of one', 'study', '00100010', wildcard('DOE^*'), START],
    ['ReferringPhysicianName', 'study', '00080090', single('DOE'), FEW],
    ['StudyTime', 'study', '00080030', { kind: 'range', from: '10', to: '1015' }, START],
    ['no AccessionNumber', 'study', '00080050', { kind: 'empty' }, FEW],
    ['ModalitiesInStudy', 'study', '00080061', { kind: 'list', values: ['MG', 'XA'] }, FEW],
    ['PatientID', 'series', '00100020', single('1'), 'patient_id=?'],
    ['PatientID', 'instance', '00100020', single('1'), 'patient_id=?'],
    ['Modality', 'study', '00080060', single('CT'), FEW],
    ['Modality', 'series', '00080060', single('CT'), FEW],
    ['SeriesNumber', 'series', '00200011', single('7'), FEW],
    ['SeriesInstanceUID', 'study', '0020000E', single('1.2'), 'series_instance_uid=?'],
    ['SeriesInstanceUID', 'series', '0020000E', single('1.2'), 'series_instance_uid=?'],
    ['SeriesDescription', 'series', '0008103E', wildcard('*lung*'), START],
    ['the step’s date', 'series', '00400244', { kind: 'range', from: '20240101', to: '20240131' }, START],
    ['ScheduledProcedureStepID', 'series', '00400275.00400009', single('1'), FEW],
    ['RequestedProcedureID', 'series', '00400275.00401001', wildcard('*1*'), START],
    ['SOPClassUID', 'instance', '00080016', single('1.2'), FEW],
    ['SOPInstanceUID', 'study', '00080018', single('1.2'), 'sop_instance_uid=?'],
    ['SOPInstanceUID', 'series', '00080018', single('1.2'), 'sop_instance_uid=?'],
    ['SOPInstanceUID', 'instance', '00080018', single('1.2'), 'sop_instance_uid=?'],
  ])('%s at %s level', (_, level, tag, value, index) => {
    const steps = plan(level, { [tag]: value });
    expect(steps).toContain(index);
    expect(steps).not.toMatch(SCANS);
  });

  it('many matches are walked by blocks of dates, and each block is sorted alone', () => {
    const steps = plan('study', { '00100010': wildcard('*a*') });
    expect(steps).toContain('study_term_by_date_block (field=? AND date_block=? AND term>? AND term<?)');
    expect(steps).toMatch(/USE TEMP B-TREE FOR LAST 3 TERMS OF ORDER BY/);
  });

  it('an order for which there is an index does not need to sort everything', () => {
    const orderBy = [{ key: searchKey('00100010')!, descending: false }];
    expect(plan('study', {}, { orderBy })).toMatch(/^SCAN study USING INDEX study_by_patient_name\n/);
  });

  it('entities of a study or a series are reached through it', () => {
    expect(plan('series', {}, { studyInstanceUID: '1' })).not.toContain('SCAN');
    expect(plan('instance', {}, { studyInstanceUID: '1' })).not.toContain('SCAN');
    expect(plan('instance', {}, { studyInstanceUID: '1', seriesInstanceUID: '2' })).not.toContain('SCAN');
  });
});
