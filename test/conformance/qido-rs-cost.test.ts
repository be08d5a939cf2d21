import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SearchQuery } from '../../src/archive/search-query';
import { DEFAULT_LIMITS } from '../../src/config';
import { parseSearch, type SearchResource } from '../../src/dicomweb/qido-query';
import { searchSQL } from '../../src/storage/search-sql';
import { migrate } from '../support/migrate';
import { indexStudies, type StudySample } from '../support/search-archive';
import { CT } from '../support/search-samples';

const STUDIES = 1000;

beforeAll(async () => {
  await migrate();
  for (let from = 0; from < STUDIES; from += 250) {
    await indexStudies(Array.from({ length: 250 }, (_, at) => sample(from + at)));
  }
});

/** Rows that D1 says it read, which is what it bills, and rows returned. */
async function cost(query: string, resource: SearchResource): Promise<{ read: number; returned: number }> {
  const { request } = parseSearch(resource, new URLSearchParams(query), DEFAULT_LIMITS);
  const { include: _, ...criteria } = request;
  const search: SearchQuery = { ...criteria, attributesOf: [resource.level] };
  const { sql, parameters } = searchSQL(search);
  const { results, meta } = await env.DB.prepare(sql)
    .bind(...parameters)
    .all();
  return { read: meta.rows_read, returned: results.length };
}

const STUDY: SearchResource = { level: 'study' };
const SERIES: SearchResource = { level: 'series' };
const INSTANCE: SearchResource = { level: 'instance' };

describe(`rows read of ${STUDIES} studies`, () => {
  it.each<[name: string, resource: SearchResource, query: string, returned: number, perRow: number]>([
    ['the study list', STUDY, 'limit=101', 101, 3],
    ['its second page', STUDY, 'limit=100&offset=100', 100, 5],
    ['a study', STUDY, 'StudyInstanceUID=1.2.500', 1, 4],
    ['two studies', STUDY, 'StudyInstanceUID=1.2.500,1.2.7', 2, 6],
    ['a patient', STUDY, 'PatientID=P0500', 1, 4],
    ['the start of a patient’s ID', STUDY, 'PatientID=P05*', 100, 3],
    ['a name', STUDY, 'PatientName=family500^given', 1, 6],
    ['the start of a name', STUDY, 'PatientName=Family99*', 11, 4],
    ['days', STUDY, 'StudyDate=20240101-20240102', 72, 3],
    ['an accession', STUDY, 'AccessionNumber=A500', 1, 4],
    ['a study’s series', { ...SERIES, studyInstanceUID: '1.2.500' }, '', 1, 6],
    ['any series', SERIES, 'limit=50', 50, 6],
    ['a patient’s series', SERIES, 'PatientID=P0500', 1, 6],
    ['any instances', INSTANCE, 'limit=50', 50, 8],
    ['an instance', INSTANCE, 'SOPInstanceUID=1.4.500', 1, 8],
    ['a request’s series', SERIES, 'RequestAttributesSequence.ScheduledProcedureStepID=STEP500', 1, 8],
  ])('%s', async (_, resource, query, returned, perRow) => {
    const spent = await cost(query, resource);
    expect(spent.returned).toBe(returned);
    expect(spent.read).toBeLessThanOrEqual(25 + returned * 5);
  });
});

function sample(number: number): StudySample {
  return {
    uid: `1.2.${number}`,
    values: {
      '00080020': `202401${String(1 + (number % 28)).padStart(2, '0')}`,
      '00080050': `A${number}`,
      '00100010': `Family${number}^Given`,
      '00100020': `P${String(number).padStart(4, '0')}`,
    },
    series: [
      {
        uid: `1.3.${number}`,
        values: {
          '00080060': 'CT',
          '00400275': [{ '00400009': { vr: 'SH', Value: [`STEP${number}`] } }],
        },
        instances: [{ uid: `1.4.${number}`, sopClassUID: CT, number: 1 }],
      },
    ],
  };
}
