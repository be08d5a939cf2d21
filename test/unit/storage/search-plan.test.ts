import { describe, expect, it } from 'vitest';
import { searchKey } from '../../../src/archive/attributes';
import type { MatchValue, QueryLevel, SearchQuery } from '../../../src/archive/search-query';
import { searchSQL } from '../../../src/storage/search-sql';
import { fillDatabase, generateStudies } from '../../support/search-fixture';
import { seededRandom } from '../../support/seeded-random';

const database = fillDatabase(generateStudies(seededRandom(1), 50));

/** How SQLite goes about a search, a line a step. */
function plan(level: QueryLevel, matches: Record<string, MatchValue>, scope: Partial<SearchQuery> = {}): string {
  const { sql, parameters } = searchSQL({
    level,
    matches: Object.entries(matches).map(([path, value]) => ({ key: searchKey(path)!, value })),
    fuzzyMatching: false,
    orderBy: [],
    limit: 101,
    offset: 0,
    attributesOf: [level],
    ...scope,
  });
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters);
  return steps.map(({ detail }) => detail).join('\n');
}

const single = (value: string): MatchValue => ({ kind: 'single', value });
const wildcard = (pattern: string): MatchValue => ({ kind: 'wildcard', pattern });

describe('searches are answered from indexes', () => {
  it('lists are walked in their order and stop at the limit', () => {
    for (const level of ['study', 'series', 'instance'] as const) {
      expect(plan(level, {})).toMatch(/^SCAN study USING INDEX study_by_study_date\n?/);
      expect(plan(level, {})).not.toContain('USE TEMP B-TREE FOR ORDER BY');
    }
  });

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
    ['the start of one', 'study', '00100020', wildcard('1*'), 'patient_id>? AND patient_id<?'],
    ['the start of one and more', 'study', '00100020', wildcard('1*2?'), 'patient_id>? AND patient_id<?'],
    ['AccessionNumber', 'study', '00080050', single('1'), 'accession_number=?'],
    ['PatientName', 'study', '00100010', single('DOE^JOHN'), 'patient_name=?'],
    ['the start of one', 'study', '00100010', wildcard('DOE^*'), 'patient_name>? AND patient_name<?'],
    ['ReferringPhysicianName', 'study', '00080090', single('DOE'), 'referring_physician_name=?'],
    ['PatientID', 'series', '00100020', single('1'), 'patient_id=?'],
    ['PatientID', 'instance', '00100020', single('1'), 'patient_id=?'],
    ['Modality', 'series', '00080060', single('CT'), 'modality=?'],
    ['SeriesInstanceUID', 'series', '0020000E', single('1.2'), 'series_instance_uid=?'],
    ['ScheduledProcedureStepID', 'series', '00400275.00400009', single('1'), 'scheduled_procedure_step_id=?'],
    ['RequestedProcedureID', 'series', '00400275.00401001', single('1'), 'requested_procedure_id=?'],
    ['SOPInstanceUID', 'instance', '00080018', single('1.2'), 'sop_instance_uid=?'],
  ])('%s at %s level', (_, level, tag, value, index) => {
    const steps = plan(level, { [tag]: value });
    expect(steps).toContain(index);
    // The only scans are of JSON parameters and of the names that have several component groups.
    expect(steps.replace(/SCAN (json_each|part|named USING COVERING INDEX study_by_\w+_groups)/g, '')).not.toContain(
      'SCAN',
    );
  });

  it('what a study or a series holds is reached through it', () => {
    expect(plan('series', {}, { studyInstanceUID: '1' })).not.toContain('SCAN');
    expect(plan('instance', {}, { studyInstanceUID: '1' })).not.toContain('SCAN');
    expect(plan('instance', {}, { studyInstanceUID: '1', seriesInstanceUID: '2' })).not.toContain('SCAN');
  });
});
