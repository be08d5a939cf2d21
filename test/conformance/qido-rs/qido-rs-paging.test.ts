import { describe, expect, it } from 'vitest';
import { PAGING_MS } from '../../../src/archive/search/paging';
import { openArchive } from '../../../src/storage/open-archive';
import { sweepAfter } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { isOneDatabase } from '../../support/platform/bindings';
import { reset as forget } from '../../support/platform/counting';

const UNIQUE = { studies: '0020000D', series: '0020000E', instances: '00080018' };

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

/** An instance of a study of its own, with the given day. */
function study(name: string, date: string): Uint8Array {
  return file({ study: `1.2.${name}`, series: `1.3.${name}`, sop: `1.4.${name}` }, [[0x00080020, 'DA', date]]);
}

function file(
  uids: { study?: string; series?: string; sop?: string },
  elements: [tag: number, vr: string, value: string][],
): Uint8Array {
  return slice({ ...uids, rows: 2, columns: 2, elements });
}

function day(number: number): string {
  return `2024${String(1 + Math.floor(number / 28)).padStart(2, '0')}${String(1 + (number % 28)).padStart(2, '0')}`;
}

/** Reads every page of a search, with a change between each two. */
async function pages(path: string, limit: number, between: (page: number) => Promise<unknown>): Promise<string[][]> {
  const tag = UNIQUE[/(studies|series|instances)\?/.exec(path)?.[1] as keyof typeof UNIQUE];
  const found: string[][] = [];
  for (let offset = 0; ; offset += limit) {
    const response = await archive.fetch(`${path}&limit=${limit}&offset=${offset}`);
    expect(response.status).toBe(200);
    const rows = (await response.json()) as Record<string, { Value?: string[] }>[];
    found.push(rows.map((row) => row[tag]?.Value?.[0] ?? ''));
    if (!response.headers.get('Warning')?.includes('additional results')) return found;
    await between(found.length);
  }
}

describe('PS3.18 8.3.4.4: pages neither repeat nor miss while instances arrive', () => {
  const COUNT = 60;

  it('studies, newer and older ones arriving', async () => {
    await archive.store(Array.from({ length: COUNT }, (_, at) => study(`${at}`, day(at))));
    const found = await pages('/dicomweb/studies?PatientID=MRN*', 7, (page) =>
      archive.store([study(`9${page}.1`, '20250101'), study(`9${page}.2`, day(30)), study(`9${page}.3`, '20200101')]),
    );
    expect(found).toHaveLength(9);
    const expected = Array.from({ length: COUNT }, (_, at) => `1.2.${COUNT - 1 - at}`);
    expect(found.flat()).toEqual(expected);
    const again = await pages('/dicomweb/studies?PatientID=MRN*', 50, async () => undefined);
    expect(new Set(again.flat()).size).toBe(COUNT + 3 * 8);
  });

  it('series of a study', async () => {
    const series = (number: number, name: string) =>
      file({ series: `1.3.${name}`, sop: `1.4.${name}` }, [[0x00200011, 'IS', String(number)]]);
    await archive.store(Array.from({ length: COUNT }, (_, at) => series(at * 10, `${at}`)));
    const found = await pages('/dicomweb/studies/1.2.3.4/series?', 7, (page) =>
      archive.store([series(5, `9${page}.1`), series(305, `9${page}.2`), series(9999, `9${page}.3`)]),
    );
    expect(found.flat()).toEqual(Array.from({ length: COUNT }, (_, at) => `1.3.${at}`));
  });

  it('instances of a series', async () => {
    const instance = (number: number, name: string) =>
      file({ sop: `1.4.${name}` }, [[0x00200013, 'IS', String(number)]]);
    await archive.store(Array.from({ length: COUNT }, (_, at) => instance(at * 10, `${at}`)));
    const found = await pages('/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances?', 7, (page) =>
      archive.store([instance(5, `9${page}.1`), instance(9999, `9${page}.2`)]),
    );
    expect(found.flat()).toEqual(Array.from({ length: COUNT }, (_, at) => `1.4.${at}`));
  });

  it('each client has its own pages, and the first page starts again', async () => {
    await archive.store(Array.from({ length: 6 }, (_, at) => study(`${at}`, day(at))));
    const page = async (offset: number, Authorization: string) => {
      const response = await archive.fetch(`/dicomweb/studies?limit=2&offset=${offset}`, {
        headers: { Authorization },
      });
      const rows = (await response.json()) as Record<string, { Value?: string[] }>[];
      return rows.map((row) => row['0020000D']?.Value?.[0]);
    };
    expect(await page(0, 'Bearer one')).toEqual(['1.2.5', '1.2.4']);
    await archive.store([study('new', '20250101')]);
    expect(await page(0, 'Bearer two')).toEqual(['1.2.new', '1.2.5']);
    expect(await page(2, 'Bearer one')).toEqual(['1.2.3', '1.2.2']);
    expect(await page(2, 'Bearer two')).toEqual(['1.2.4', '1.2.3']);
    expect(await page(0, 'Bearer one')).toEqual(['1.2.new', '1.2.5']);
    expect(await page(2, 'Bearer one')).toEqual(['1.2.4', '1.2.3']);
  });

  it('parameters may come in another order and by other names', async () => {
    await archive.store(Array.from({ length: 4 }, (_, at) => study(`${at}`, day(at))));
    await archive.json('/dicomweb/studies?PatientID=MRN*&StudyDate=20240101-&limit=2');
    await archive.store([study('new', '20250101')]);
    const next = await archive.json('/dicomweb/studies?offset=2&limit=2&00080020=20240101-&00100020=MRN*');
    expect(next.map((row) => row['0020000D']?.Value?.[0])).toEqual(['1.2.1', '1.2.0']);
  });
});

describe('the cost of paging', () => {
  if (isOneDatabase) {
    it('a page with all results takes one round trip; a first page of several takes another, once', async () => {
      await archive.store(Array.from({ length: 4 }, (_, at) => study(`${at}`, day(at))));
      const trips = async (query: string) => {
        forget(archive.operations);
        await archive.json(`/dicomweb/studies?${query}`);
        return archive.operations.d1;
      };
      expect(await trips('limit=4')).toBe(1);
      expect(await trips('limit=2')).toBe(2);
      expect(await trips('limit=2')).toBe(1);
      expect(await trips('limit=2&offset=2')).toBe(2);
      await archive.store([study('new', '20250101')]);
      expect(await trips('limit=2')).toBe(2);
    });
  }

  it('no search value is kept in clear text, and nothing is kept for longer than an hour', async () => {
    const kept = async () => (await archive.bindings.database.prepare('SELECT * FROM search_mark').all()).results;
    await archive.store(Array.from({ length: 3 }, (_, at) => study(`${at}`, day(at))));
    await archive.json('/dicomweb/studies?PatientID=MRN0000002&PatientName=Neptune*&limit=1');
    const marks = await kept();
    expect(marks).toHaveLength(1);
    expect(JSON.stringify(marks)).not.toMatch(/MRN|Neptune/i);
    const inside = openArchive(archive.prefix, archive.bindings);
    await sweepAfter(inside, PAGING_MS / 2);
    expect(await kept()).toHaveLength(1);
    await sweepAfter(inside, PAGING_MS + 1000);
    expect(await kept()).toHaveLength(0);
  });
});
