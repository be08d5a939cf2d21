import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { parseSearch, type SearchResource } from '../../../src/dicomweb/qido/qido-query';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { countSQL } from '../../../src/storage/search/search-sql';
import { withSharedArchive } from '../../support/archive/with-archive';
import { indexStudies, type StudySample } from '../../support/search/search-archive';
import { INSTANCE, SERIES, STUDY, searchCost } from '../../support/search/search-cost';
import { CT } from '../../support/search/search-samples';

const STUDIES = 1000;
const MAMMOGRAPHY = '1.2.840.10008.5.1.4.1.1.1.2';

withSharedArchive(async () => {
  for (let from = 0; from < STUDIES; from += 250) {
    await indexStudies(Array.from({ length: 250 }, (_, at) => sample(from + at)));
  }
});

/** The parameters that OHIF sends with each search of its study list. */
const LIST = 'limit=101&offset=0&fuzzymatching=false&includefield=00081030,00080060,00080090,00100030';

/** Rows that are read only to choose the kind of search, and rows that are read for values that do not exist. */
const FIXED = 12;

/*
 * In the studies, each family name is one of ten names with a number, each given name is one of 23, patient IDs and
 * accession numbers are all different, one study in 50 is MG and the others are CT, and the dates cover ten years.
 */
describe(`rows read of ${STUDIES} studies`, () => {
  it.each<[name: string, resource: SearchResource, query: string, returned: number, perRow: number]>([
    ['the study list', STUDY, LIST, 101, 1],
    ['its second page', STUDY, LIST.replace('offset=0', 'offset=101'), 101, 2],
    ['a name, in the middle', STUDY, `${LIST}&PatientName=*ones5*`, 11, 5],
    ['a name of a tenth', STUDY, `${LIST}&PatientName=*jones*`, 100, 5],
    ['a name, two letters', STUDY, `${LIST}&PatientName=*on*`, 101, 12],
    ['a name that nobody has', STUDY, `${LIST}&PatientName=*zzz*`, 0, 0],
    ['a name, typed as “Last, First”', STUDY, `${LIST}&PatientName=*Jones501, Sv*`, 1, 5],
    ['the start of a name', STUDY, `${LIST}&PatientName=Jones9*`, 11, 5],
    ['a name', STUDY, `${LIST}&PatientName=jones501^sven`, 1, 5],
    ['a name, fuzzily', STUDY, 'PatientName=*sven jones501*&fuzzymatching=true', 1, 50],
    ['many names, fuzzily', STUDY, 'PatientName=*jones*&fuzzymatching=true&limit=101', 100, 12],
    ['the middle of a patient’s ID', STUDY, `${LIST}&00100020=*050*`, 11, 5],
    ['the start of a patient’s ID', STUDY, `${LIST}&00100020=P05*`, 100, 5],
    ['a patient', STUDY, `${LIST}&00100020=P0500`, 1, 5],
    ['the middle of an accession number', STUDY, `${LIST}&AccessionNumber=*-50*`, 11, 5],
    ['an accession', STUDY, 'AccessionNumber=A-500', 1, 5],
    ['the middle of a description', STUDY, `${LIST}&StudyDescription=*CHEST*`, 101, 12],
    ['modalities that few have', STUDY, `${LIST}&ModalitiesInStudy=MG,XA`, 20, 6],
    ['a modality that most have', STUDY, `${LIST}&ModalitiesInStudy=CT`, 101, 12],
    ['a modality that no study has', STUDY, `${LIST}&ModalitiesInStudy=OPT`, 0, 0],
    ['days', STUDY, `${LIST}&StudyDate=20240101-20240131`, 7, 1],
    ['many days', STUDY, `${LIST}&StudyDate=19700102-20201231`, 101, 1],
    ['days and a modality', STUDY, `${LIST}&StudyDate=20240101-20240131&ModalitiesInStudy=CT`, 7, 8],
    ['a study', STUDY, `${LIST}&StudyInstanceUID=1.2.500`, 1, 4],
    ['two studies', STUDY, `${LIST}&StudyInstanceUID=1.2.500%5C1.2.7`, 2, 6],
    ['Weasis', STUDY, '&includefield=00081030&PatientName=JONES50*', 1, 6],
    ['a study’s series', { ...SERIES, studyInstanceUID: '1.2.500' }, 'includefield=0008103E,00080021', 1, 4],
    [
      'a series’ instances',
      { ...INSTANCE, studyInstanceUID: '1.2.500', seriesInstanceUID: '1.3.500' },
      'limit=1',
      1,
      5,
    ],
    ['any series', SERIES, 'limit=50', 50, 4],
    ['a patient’s series', SERIES, 'PatientID=P0500', 1, 8],
    ['a modality’s series', SERIES, 'Modality=MG', 20, 12],
    ['series of some days', SERIES, '00400244=20240101-20240131', 7, 12],
    ['a request’s series', SERIES, 'RequestAttributesSequence.ScheduledProcedureStepID=*P500*', 1, 12],
    ['any instances', INSTANCE, 'limit=50', 50, 6],
    ['an instance', INSTANCE, 'SOPInstanceUID=1.4.500', 1, 6],
    ['instances of a class', INSTANCE, `SOPClassUID=${MAMMOGRAPHY}`, 20, 18],
    ['instances of a name', INSTANCE, 'PatientName=*jones*&limit=50', 50, 20],
    ['all of them by name', STUDY, 'limit=101&orderby=PatientName', 101, 2],
  ])('%s', async (_, resource, query, returned, perRow) => {
    const spent = await searchCost(query, resource);
    expect(spent.returned).toBe(returned);
    expect(spent.read).toBeLessThanOrEqual(FIXED + returned * perRow);
  });

  it.each([STUDY, SERIES, INSTANCE])('the total of everything: %o', async ({ level }) => {
    for (const [newestRow, total, most] of [
      [undefined, STUDIES, 2],
      [STUDIES - 5, STUDIES - 5, 12],
    ] as const) {
      const { request } = parseSearch({ level }, new URLSearchParams(), DEFAULT_LIMITS);
      const { sql, parameters } = countSQL({ ...request, attributesOf: [], newestRow, caseSensitive: false });
      const { results, meta } = await env.DB.prepare(sql)
        .bind(...parameters)
        .all();
      expect(results).toEqual([{ total }]);
      expect(meta.rows_read).toBeLessThanOrEqual(most);
    }
  });
});

const FAMILIES = ['Jones', 'Smith', 'Garcia', 'Rossi', 'Kim', 'Tanaka', 'Brown', 'Wilson', 'Lopez', 'Weber'];
const GIVEN =
  'Ann Bob Carl Dora Emil Fritz Gina Hans Ida Jack Karl Lena Max Nora Otto Paul Quinn Rosa Sven Tina Udo Vera Willi'.split(
    ' ',
  );

function sample(number: number): StudySample {
  const day = new Date(Date.UTC(2015, 0, 1 + ((number * 7919) % 3650)));
  const date = day.toISOString().slice(0, 10).replaceAll('-', '');
  const isMammography = number % 50 === 0;
  return {
    uid: `1.2.${number}`,
    values: {
      '00080020': date,
      '00080050': `A-${number}`,
      '00081030': isMammography ? 'MAMMO' : 'CT CHEST',
      '00100010': `${FAMILIES[(number + 9) % 10]}${number}^${GIVEN[number % 23]}`,
      '00100020': `P${String(number).padStart(4, '0')}`,
    },
    series: [
      {
        uid: `1.3.${number}`,
        values: {
          '00080060': isMammography ? 'MG' : 'CT',
          '00400244': date,
          '00400275': [{ '00400009': { vr: 'SH', Value: [`STEP${number}`] } }],
        },
        instances: [{ uid: `1.4.${number}`, sopClassUID: isMammography ? MAMMOGRAPHY : CT, number: 1 }],
      },
    ],
  };
}
