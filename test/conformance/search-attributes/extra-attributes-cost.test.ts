import { describe, expect, it } from 'vitest';
import { findKey, parseExtraAttributes } from '../../../src/archive/search-attributes/extra-attributes';
import { extraValues, sourceOfJson } from '../../../src/archive/search-attributes/extra-values';
import type { SearchResource } from '../../../src/dicomweb/qido/qido-query';
import { d1SearchAttributes } from '../../../src/storage/search-attributes/d1-search-attributes';
import { D1Client } from '../../../src/storage/statements/d1-client';
import { withSharedArchive } from '../../support/archive/with-archive';
import { testBindings } from '../../support/platform/bindings';
import { indexStudies, type StudySample } from '../../support/search/search-archive';
import { INSTANCE, SERIES, STUDY, searchCost } from '../../support/search/search-cost';
import { CT } from '../../support/search/search-samples';

const STUDIES = 10_000;

const EXTRAS = parseExtraAttributes('EthnicGroup, StationName, KVP, ImageComments, (0019,xx10,"ACME 1.1"):DS');

withSharedArchive(async () => {
  const index = d1SearchAttributes(new D1Client(testBindings().database));
  await index.add(
    EXTRAS.map(({ name }) => name),
    0,
  );
  for (let from = 0; from < STUDIES; from += 250) {
    const numbers = Array.from({ length: 250 }, (_, at) => from + at);
    await indexStudies(numbers.map(sample));
    await index.keep({ studies: [], series: [], instances: numbers.flatMap(instanceValues) });
    await index.keep({
      studies: [],
      instances: [],
      series: numbers.map((number) => ({
        studyInstanceUID: `1.2.${number}`,
        seriesInstanceUID: `1.3.${number}`,
        attributes: seriesAttributes(number),
        values: extraValues(
          EXTRAS.filter(({ level }) => level === 'series'),
          sourceOfJson(seriesAttributes(number)),
        ),
      })),
    });
  }
});

const cost = (query: string, resource: SearchResource) =>
  searchCost(query, resource, (path, creators) => findKey(path, EXTRAS, creators));

describe(`rows read of ${STUDIES} studies with values of extra attributes`, () => {
  it.each<[name: string, resource: SearchResource, query: string, returned: number, most: number]>([
    ['one of many values', STUDY, '00191010=500', 1, 25],
    ['of its series', SERIES, '00191010=500', 1, 25],
    ['of its instances', INSTANCE, '00191010=500', 2, 25],
    ['two values', INSTANCE, '00191010=500&KVP=80', 1, 30],
    ['two values of which one is common', STUDY, '00191010=500&StationName=CT-2', 1, 30],
    ['a common value', STUDY, 'StationName=CT-1', 100, 1000],
    ['of instances', STUDY, 'KVP=120', 100, 1000],
    ['for its series', SERIES, 'StationName=CT-1', 100, 2500],
    ['for its instances', INSTANCE, 'KVP=120', 100, 3000],
    ['beside a patient', STUDY, 'KVP=120&PatientID=P0500', 1, 25],
    ['beside days', STUDY, 'KVP=120&StudyDate=20240101-20240131', 84, 840],
    ['within a study', { ...INSTANCE, studyInstanceUID: '1.2.500' }, 'KVP=120', 1, 15],
    ['the start of a value, which 111 studies share', STUDY, 'ImageComments=comment 50?', 10, 111 * 15],
    // There is no index for parts of a value, so each value of the attribute is read, twice.
    ['the middle of a value', STUDY, 'ImageComments=*ment 500', 1, 2 * STUDIES + 25],
  ])('%s: %s %s', async (_, resource, query, returned, most) => {
    const spent = await cost(query, resource);
    expect(spent.returned).toBe(returned);
    expect(spent.read).toBeLessThanOrEqual(most);
  });
});

function seriesAttributes(number: number) {
  return { '00080060': { vr: 'CS', Value: ['CT'] }, '00081010': { vr: 'SH', Value: [`CT-${number % 3}`] } };
}

function instanceValues(number: number) {
  return ['80', '120'].map((kvp, at) => ({
    studyInstanceUID: `1.2.${number}`,
    seriesInstanceUID: `1.3.${number}`,
    sopInstanceUID: `1.4.${number}.${at}`,
    version: `version-1.4.${number}.${at}`,
    values: extraValues(
      EXTRAS.filter(({ level }) => level === 'instance'),
      sourceOfJson({
        '00180060': { vr: 'DS', Value: [kvp] },
        '00190010': { vr: 'LO', Value: ['ACME 1.1'] },
        '00191010': { vr: 'DS', Value: [number] },
        '00204000': { vr: 'LT', Value: [`comment ${number}`] },
      }),
    ),
  }));
}

/** Ten years of studies, with about the same number each day. */
function dateOf(number: number): string {
  const [year, month, day] = [number % 10, Math.floor(number / 10) % 12, Math.floor(number / 120) % 28];
  return String((2015 + year) * 10_000 + (1 + month) * 100 + 1 + day);
}

function sample(number: number): StudySample {
  return {
    uid: `1.2.${number}`,
    values: {
      '00080020': dateOf(number),
      '00100020': `P${String(number).padStart(4, '0')}`,
    },
    series: [
      {
        uid: `1.3.${number}`,
        values: { '00080060': 'CT', '00081010': `CT-${number % 3}` },
        instances: [0, 1].map((at) => ({ uid: `1.4.${number}.${at}`, sopClassUID: CT, number: at })),
      },
    ],
  };
}
