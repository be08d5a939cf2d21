import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { withSharedArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { reset as forget } from '../../support/platform/counting';
import { indexStudies } from '../../support/search/search-archive';
import { CT } from '../../support/search/search-samples';

const MANY = 2300;
const FEW = 3;
const ALL = MANY + FEW;

/** Instances whose numbers are in the reverse order of their storage. */
const instances = (series: number, count: number) =>
  Array.from({ length: count }, (_, at) => ({ uid: `1.4.${series}.${at}`, sopClassUID: CT, number: count - at }));

let archive: ArchiveClient;

withSharedArchive(async () => {
  archive = archiveClient();
  const series = [MANY, FEW].map((count, at) => ({
    uid: `1.3.${at}`,
    values: { '00080060': 'CT', '00200011': at + 1 },
    instances: instances(at, count),
  }));
  await indexStudies([{ uid: '1.2.1', values: { '00100020': 'P1' }, series }]);
});

async function found(path: string): Promise<{ uids: unknown[]; warning: string | null }> {
  const answer = await archive.fetch(`/dicomweb${path}`, { headers: { Accept: 'application/dicom+json' } });
  expect(answer.status).toBe(200);
  const dataSets = await answer.json<DicomJson[]>();
  return { uids: dataSets.map((set) => set['00080018']?.Value?.[0]), warning: answer.headers.get('Warning') };
}

const SERIES = '/studies/1.2.1/series/1.3.0/instances';
const inOrder = (series: number, count: number) =>
  instances(series, count)
    .map(({ uid }) => uid)
    .reverse();

describe('a search within a study without a limit', () => {
  it.each([
    ['has all of its instances, in their order', '/studies/1.2.1/instances', [...inOrder(0, MANY), ...inOrder(1, FEW)]],
    ['has all of a series', SERIES, inOrder(0, MANY)],
    ['has the rest after an offset', `${SERIES}?offset=${MANY - 5}`, inOrder(0, MANY).slice(-5)],
    ['has the rest, though it is many', `${SERIES}?offset=7`, inOrder(0, MANY).slice(7)],
    ['matches as any other', '/studies/1.2.1/instances?SeriesInstanceUID=1.3.1', inOrder(1, FEW)],
  ])('%s', async (_, path, expected) => {
    expect(await found(path)).toEqual({ uids: expected, warning: null });
  });

  it('has a Warning when a limit leaves results out', async () => {
    for (const limit of [10, 1000, 1500]) {
      const { uids, warning } = await found(`${SERIES}?limit=${limit}`);
      expect(uids).toEqual(inOrder(0, MANY).slice(0, limit));
      expect(warning).toContain('additional results');
    }
    expect((await found('/instances')).uids).toHaveLength(100);
  });

  it('is also XML, and is counted', async () => {
    const headers = { Accept: 'multipart/related; type="application/dicom+xml"', Prefer: 'count=exact' };
    const answer = await archive.fetch(`/dicomweb${SERIES}`, { headers });
    expect(answer.headers.get('X-Total-Count')).toBe(String(MANY));
    expect(await partsOf(answer)).toHaveLength(MANY);
  });

  it('reads the index in portions', async () => {
    forget(archive.operations);
    expect((await found('/studies/1.2.1/instances')).uids).toHaveLength(ALL);
    expect(archive.operations).toMatchObject({ d1: 4 });
  });
});
