import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { empty } from '../support/archive/with-archive';
import { DATABASES, migrateAll, type SpanningClient, spanningClient } from '../support/databases/several-databases';
import { slice } from '../support/files/samples';
import { type SeededRandom, seededRandom } from '../support/seeded-random';

/*
 * The same operations on an archive in one database and on one that grows to three while it is in use: every answer is the same.
 */

beforeEach(migrateAll);
afterEach(empty);

const STUDIES = 36;

type Operation = (client: SpanningClient) => Promise<Response>;

const uid = (...parts: number[]) => ['1.2.826.0.1.3680043.10.99', ...parts].join('.');

/** Studies arrive by date, but for every fourth. Some have no date, and some the same date and time as the one before. */
function dateOf(number: number): { date: string; time: string } {
  if (number % 11 === 7) return { date: '', time: '' };
  const at = number % 4 === 3 ? number - 17 : number % 9 === 5 ? number - 1 : number;
  const day = new Date(Date.UTC(2024, 5, 1 + 3 * at));
  return { date: day.toISOString().slice(0, 10).replaceAll('-', ''), time: `10${String(10 + (at % 40))}00` };
}

function fileOf(study: number, series: number, instance: number, version = 1): Uint8Array {
  const { date, time } = dateOf(study);
  return slice({
    rows: 2,
    columns: 2,
    seed: version,
    study: uid(study),
    series: uid(study, series),
    sop: uid(study, series, instance),
    instanceNumber: instance,
    elements: [
      [0x00080020, 'DA', date],
      [0x00080030, 'TM', time],
      [0x00080050, 'SH', `ACC${study % 7}`],
      [0x00080060, 'CS', ['CT', 'MR', 'US'][(study + series) % 3]!],
      [0x00080090, 'PN', ['Galle^Johann', 'Adams^John', 'Herschel^Wilhelm'][study % 3]!],
      [0x00081030, 'LO', `Chest ${study % 5}`],
      [0x0008103e, 'LO', `Series ${series}`],
      [0x00100010, 'PN', ['Smith^John', 'Smyth^Jon', 'Müller^Änne', 'Jones^Ann'][study % 4]!],
      [0x00100020, 'LO', `P${study % 10}`],
      [0x00200011, 'IS', String(series)],
    ],
  });
}

function storeStudy(number: number): Operation {
  const files = [1, 2].flatMap((series) => [1, 2].map((instance) => fileOf(number, series, instance)));
  return (client) => client.store(files);
}

/** Changes of studies that are there. None of them is deleted and comes back that has the same time as another. */
function change(random: SeededRandom, below: number): Operation {
  const numbers = Array.from({ length: below }, (_, at) => at);
  const unique = numbers.filter((at) => dateOf(at).date !== '' && at % 9 !== 5 && at % 9 !== 4 && at % 4 !== 3);
  const study = random.pick(unique);
  const of = `/dicomweb/studies/${uid(study)}`;
  const series = `${of}/series/${uid(study, 1 + random.below(2))}`;
  const added = fileOf(study, 3, 1 + random.below(3));
  const send = (method: string, path: string, init: RequestInit = {}): Operation => {
    return (client) => client.fetch(path, { method, ...init });
  };
  const labels = {
    body: JSON.stringify([`L${random.below(3)}`]),
    headers: { 'Content-Type': 'application/json' },
  };
  return random.pick([
    send('DELETE', of),
    send('DELETE', series),
    send('DELETE', `${series}/instances/${uid(study, 1, 1)}`),
    send('POST', `${of}/restore`),
    send('POST', `${of}/restore`),
    send('PUT', `${of}/labels`, labels),
    (client) => client.store([added]),
    (client) => client.store([fileOf(study, 1, 1, 2), fileOf((study + 5) % below, 2, 5)]),
  ]);
}

/** Searches of every kind, pages and counts. */
function searches(random: SeededRandom): string[] {
  const keys = [
    '',
    'PatientID=P3',
    'PatientID=P*',
    'PatientName=smith*',
    'PatientName=smith^john&fuzzymatching=true',
    'PatientName=smith&fuzzymatching=true',
    'PatientName=smi&fuzzymatching=true',
    'PatientName=muller&fuzzymatching=true',
    'AccessionNumber=ACC2',
    'ModalitiesInStudy=MR',
    'StudyDate=20240601-20240715',
    'StudyDate=20240801-',
    'StudyDate=-20240620',
    'StudyDescription=chest%204',
    'ReferringPhysicianName=adams*',
    `StudyInstanceUID=${uid(3)}`,
    `StudyInstanceUID=${uid(3)},${uid(20)},${uid(35)},${uid(99)}`,
    `SeriesInstanceUID=${uid(30, 1)}`,
    'PatientID=nobody',
    'Modality=CT',
  ];
  const orders = ['', 'orderby=PatientName', 'orderby=-StudyDate', 'orderby=StudyDate', 'orderby=-PatientID'];
  const levels = ['studies', 'series', 'instances'];
  const pages = [
    'limit=5',
    'limit=5&offset=5',
    'limit=3&offset=30',
    'limit=200&includefield=all',
    'limit=7&offset=1&count=true',
  ];
  const all = levels.flatMap((level) =>
    keys.flatMap((key) => {
      const query = [key, random.pick(orders), random.pick(pages)].filter(Boolean).join('&');
      return [`/dicomweb/${level}?${query}`, `/dicomweb/${level}?${[key, 'limit=100'].filter(Boolean).join('&')}`];
    }),
  );
  const ofStudies = [2, 13, 20, 35, 99].flatMap((number) => {
    const of = `/dicomweb/studies/${uid(number)}`;
    return [
      `${of}/metadata`,
      `${of}/series`,
      `${of}/instances?limit=3`,
      `${of}/series/${uid(number, 1)}/instances`,
      `${of}/labels`,
    ];
  });
  return [...all, ...ofStudies, '/statistics'];
}

/** What two archives have in common: versions and times are their own. */
async function answerOf(response: Response): Promise<unknown> {
  const { status, headers } = response;
  const own = /"(lastSweep|ranAt|oldestUnmergedSeries)":("[^"]*"|null)|"databases":\[[^\]]*\]/g;
  const body = (await response.text()).replaceAll(own, '');
  return {
    status,
    body,
    warning: headers.get('Warning'),
    total: headers.get('X-Total-Count'),
    link: headers.get('Link'),
  };
}

describe.each([1])('seed %i', (seed) => {
  it('gives the same answers from three databases as from one', async () => {
    const random = seededRandom(seed);
    const one = spanningClient(DATABASES.one);
    let many = spanningClient(DATABASES.many.slice(0, 1));
    const both = async (operation: Operation, what: string) => {
      expect(await answerOf(await operation(many)), what).toEqual(await answerOf(await operation(one)));
    };
    for (let number = 0; number < STUDIES; number += 1) {
      const databases = 1 + Math.floor((number * 3) / STUDIES);
      if (number % 12 === 0) many = spanningClient(DATABASES.many.slice(0, databases));
      await both(storeStudy(number), `store ${number}`);
      if (number > 6) await both(change(random, number), `change after ${number}`);
    }
    const cost = { one: one.rows(), many: many.rows() };
    for (const path of searches(random)) await both((client) => client.fetch(path), path);
    const read = { one: one.rows() - cost.one, many: many.rows() - cost.many };
    expect(read.many).toBeLessThan(read.one * 1.3);
  });
});
