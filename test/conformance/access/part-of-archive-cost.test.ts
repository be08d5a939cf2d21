import { expect, it } from 'vitest';
import type { Archive } from '../../../src/archive/ports';
import type { SearchQuery } from '../../../src/archive/search/search-query';
import type { VisibleStudies } from '../../../src/archive/visibility';
import { parseSearch } from '../../../src/dicomweb/qido/qido-query';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { withSharedArchive } from '../../support/archive/with-archive';
import { testBindings } from '../../support/platform/bindings';
import { rowsRead } from '../../support/platform/rows-read';
import { commitGroupOf, type StudySample } from '../../support/search/search-archive';
import { CT } from '../../support/search/search-samples';

const STUDIES = 3000;

/** One study in fifty has a label; they are spread over all dates. */
const LABELLED = 50;

withSharedArchive(async () => {
  const whole = openArchive('cost', testBindings());
  const samples = Array.from({ length: STUDIES }, (_, number) => sample(number));
  const labelled = samples.filter((_, number) => number % LABELLED === 0);
  const others = samples.filter((_, number) => number % LABELLED !== 0);
  const store = async (archive: Archive, all: readonly StudySample[]) => {
    for (let from = 0; from < all.length; from += 250) {
      await archive.index.commit(commitGroupOf(all.slice(from, from + 250)));
    }
  };
  await store(whole.confinedTo({ principal: 'key:ward', visibility: 'everything', labels: ['ward'] }), labelled);
  await store(whole, others);
});

const LIST = 'limit=101&offset=0&fuzzymatching=false&includefield=00081030,00080060,00080090,00100030';

/** Rows that D1 says it read for one call of a confined archive. */
async function cost(sets: readonly VisibleStudies[], of: (archive: Archive) => Promise<{ length: number }>) {
  const counter = rowsRead();
  const archive = openArchive('cost', counter.over(testBindings()));
  const found = await of(archive.confinedTo({ principal: 'key:1', visibility: sets, labels: [] }));
  return { read: counter.read(), found: found.length };
}

function queryOf(text: string): SearchQuery {
  const { request } = parseSearch({ level: 'study' }, new URLSearchParams(text), DEFAULT_LIMITS);
  const { include: _, ...criteria } = request;
  return { ...criteria, caseSensitive: false, attributesOf: ['study'] };
}

const WARD: VisibleStudies = { labels: ['ward'] };
const KEY: VisibleStudies = { storedBy: 'key:ward' };
const CLINIC: VisibleStudies = { institutionName: ['clinic 77*'] };
const PHYSICIAN: VisibleStudies = { referringPhysicianName: ['Doctor77^*'] };

it.each<[name: string, sets: readonly VisibleStudies[], query: string, found: number, perRow: number]>([
  ['a label', [WARD], LIST, 60, 8],
  ['who stored them', [KEY], LIST, 60, 8],
  ['an institution', [CLINIC], LIST, 30, 12],
  ['a physician', [PHYSICIAN], LIST, 30, 8],
  ['either of two', [WARD, CLINIC], LIST, 90, 10],
  ['a label and a name', [WARD], `${LIST}&PatientName=*name100*`, 2, 40],
  ['a label and a patient', [WARD], `${LIST}&PatientID=P0100`, 1, 12],
  ['a date', [{ studyDateFrom: '20180101' }], LIST, 101, 2],
  ['one study', [{ scopes: [{ studyInstanceUID: '1.2.100' }] }], LIST, 1, 20],
  ['nothing', [], LIST, 0, 20],
])('the list of a part, by %s, reads few rows', async (_, sets, query, found, perRow) => {
  const spent = await cost(sets, async (archive) => (await archive.index.search(queryOf(query))).rows);
  expect(spent.found).toBe(found);
  expect(spent.read).toBeLessThanOrEqual(20 + Math.max(found, 1) * perRow);
});

it('the number of all matches reads only rows of the studies that can be seen', async () => {
  const spent = await cost([WARD], async (archive) => ({ length: await archive.index.count(queryOf('')) }));
  expect(spent).toEqual({ found: 60, read: expect.any(Number) });
  expect(spent.read).toBeLessThanOrEqual(20 + 60 * 4);
});

it.each<[name: string, sets: readonly VisibleStudies[], found: number]>([
  ['visible', [WARD, CLINIC, PHYSICIAN], 1],
  ['not visible', [CLINIC, PHYSICIAN], 0],
])('a look-up of an instance that is %s', async (_, sets, found) => {
  const instance = { studyInstanceUID: '1.2.100', seriesInstanceUID: '1.3.100', sopInstanceUID: '1.4.100' };
  const spent = await cost(sets, (archive) => archive.index.layouts(instance, 100));
  expect(spent.found).toBe(found);
  expect(spent.read).toBeLessThanOrEqual(30);
});

function sample(number: number): StudySample {
  const date = new Date(Date.UTC(2015, 0, 1 + ((number * 7919) % 3650))).toISOString().slice(0, 10).replaceAll('-', '');
  return {
    uid: `1.2.${number}`,
    values: {
      '00080020': date,
      '00080090': `Doctor${number % 100}^A`,
      '00100010': `Name${number}^B`,
      '00100020': `P${String(number).padStart(4, '0')}`,
    },
    series: [
      {
        uid: `1.3.${number}`,
        values: { '00080060': 'CT', '00080080': `Clinic ${number % 100}` },
        instances: [{ uid: `1.4.${number}`, sopClassUID: CT, number: 1 }],
      },
    ],
  };
}

it('a role with as many values as a role may have is within the limits of D1', async () => {
  const many = (text: (at: number) => string) =>
    Array.from({ length: 50 }, (_, at) => (at < 10 ? text(at) : text(at).replaceAll('*', '')));
  const whole: VisibleStudies = {
    referringPhysicianName: many((at) => `Doctor*Of The Ward Number ${at}^*`),
    institutionName: many((at) => `Clinic of the town * number ${at}`),
    issuerOfPatientID: many((at) => `Issuer*${at}`),
    accessionNumber: many((at) => `A-${at}-*`),
    labels: many((at) => `label-${at}`),
  };
  const sets = [whole, { ...whole, withPriors: true }, WARD];
  const scope = { studyInstanceUID: '1.2.100' };
  const held = async (archive: Archive) => (await archive.removals.holds(scope, 0)) || [];
  expect((await cost(sets, async (archive) => (await archive.index.search(queryOf(LIST))).rows)).found).toBe(60);
  const fuzzy = queryOf('PatientName=name100 b&fuzzymatching=true&ReferringPhysicianName=*doc*');
  expect((await cost(sets, async (archive) => (await archive.index.search(fuzzy)).rows)).found).toBe(2);
  expect((await cost(sets, async (archive) => ({ length: await archive.index.count(fuzzy) }))).found).toBe(2);
  expect(await cost(sets, (archive) => archive.index.instances(scope, 0, 10))).toMatchObject({ found: 1 });
  expect((await cost(sets, async (archive) => ({ length: (await held(archive)) === true ? 1 : 0 }))).found).toBe(0);
});
