import { describe, expect, it } from 'vitest';
import { compactSeries } from '../../../src/archive/metadata/compact';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { FIRST, fill, requestsTo, STUDY } from '../../support/archive/filled-study';
import { DAY, keysOf, sweepAfter } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const { send, get, one, instances } = requestsTo(() => archive);
const objects = () => keysOf(archive);
const open = () => openArchive(archive.prefix, archive.bindings);
const run = (at: number) => sweepAfter(open(), at);

describe('storing again what was deleted', () => {
  it('brings the instances back, and the archive is as before', async () => {
    const files = await fill(archive);
    await send('DELETE', STUDY);
    expect((await archive.store([...files.values()])).status).toBe(200);
    expect(await one('/dicomweb/studies?StudyInstanceUID=1.2.3.4', '00201208')).toEqual([5]);
    expect(await archive.bytes(`${FIRST}/instances/1.2.3.4.0.1`, 'application/dicom')).toEqual(
      files.get('1.2.3.4.0.1'),
    );
    expect(await send('DELETE', STUDY)).toBe(204);
    expect(await send('POST', `${STUDY}/restore`)).toBe(204);
    expect(await one('/dicomweb/studies?StudyInstanceUID=1.2.3.4', '00201208')).toEqual([5]);
  });

  it('other content is not a duplicate of deleted content, and prevents its restoration', async () => {
    await archive.store([slice({ seed: 1 })]);
    await send('DELETE', STUDY);
    expect((await archive.store([slice({ seed: 2 })])).status).toBe(200);
    expect(await send('POST', `${STUDY}/restore`)).toBe(409);
    expect(await archive.bytes(`${FIRST}/instances/1.2.3.4.1`, 'application/dicom')).toEqual(slice({ seed: 2 }));
  });
});

describe('the description of a study', () => {
  /** The second of three instances, and content that is kept aside for it, name another patient. */
  const named = (n: number, patient: string, seed = n) =>
    slice({
      sop: `1.2.3.4.${n}`,
      seed,
      elements: [
        [0x00100020, 'LO', patient],
        [0x00081030, 'LO', `study of ${patient}`],
        [0x0008103e, 'LO', `series of ${patient}`],
      ],
    });
  const described = async () => [
    await one('/dicomweb/studies?StudyInstanceUID=1.2.3.4', '00100020'),
    await one('/dicomweb/series?SeriesInstanceUID=1.2.3.4.0', '0008103E'),
    (await archive.json('/dicomweb/studies?PatientID=right')).length,
  ];
  const RIGHT = [['right'], ['series of right'], 1];
  const WRONG = [['wrong'], ['series of wrong'], 0];
  const path = (n: number) => `${FIRST}/instances/1.2.3.4.${n}`;
  const act = async (method: string, at: string) => expect(await send(method, at), `${method} ${at}`).toBe(204);

  it('is that of its first instance, whatever is deleted and restored', async () => {
    for (const [n, patient] of [
      [1, 'right'],
      [2, 'wrong'],
      [3, 'right'],
    ] as const)
      await archive.store([named(n, patient)]);
    expect(await described()).toEqual(RIGHT);
    for (const at of [path(2), path(3), path(1), FIRST, STUDY]) {
      await act('DELETE', at);
      await act('POST', `${at}/restore`);
      expect(await described(), at).toEqual(RIGHT);
    }
    await act('DELETE', path(1));
    expect(await described()).toEqual(WRONG);
    await act('DELETE', path(3));
    await act('POST', `${path(3)}/restore`);
    expect(await described()).toEqual(WRONG);
    await act('DELETE', path(2));
    expect(await described()).toEqual(RIGHT);
    await act('POST', `${path(2)}/restore`);
    expect(await described()).toEqual(WRONG);
    await act('POST', `${FIRST}/restore`);
    expect(await described()).toEqual(RIGHT);
  });

  it('changes with the version of its first instance, and not with that of another', async () => {
    const keeping = archiveClient({ DUPLICATES: 'keep' }, undefined, archive.prefix);
    for (const n of [1, 2, 3]) await keeping.store([named(n, 'right')]);
    for (const n of [1, 2]) expect((await keeping.store([named(n, 'wrong', 7)])).status).toBe(202);
    const restore = async (at: string) =>
      expect((await keeping.fetch(`${at}/restore`, { method: 'POST' })).status).toBe(204);
    await restore(path(2));
    expect(await described()).toEqual(RIGHT);
    await act('DELETE', path(3));
    expect(await described()).toEqual(RIGHT);
    await restore(path(1));
    expect(await described()).toEqual(WRONG);
    await restore(path(1));
    expect(await described()).toEqual(RIGHT);
  });
});

describe('POST {resource}/restore', () => {
  it.each([
    ['a study', STUDY, STUDY],
    ['a series', FIRST, FIRST],
    ['an instance', `${FIRST}/instances/1.2.3.4.0.2`, `${FIRST}/instances/1.2.3.4.0.2`],
    ['a series of a deleted study', STUDY, FIRST],
    ['an instance of a deleted study', STUDY, `${FIRST}/instances/1.2.3.4.0.2`],
  ])('%s comes back whole', async (_, deleted, path) => {
    const files = await fill(archive);
    const [study, series] = [await archive.json('/dicomweb/studies'), await archive.json(`${STUDY}/series`)];
    const metadata = await archive.json(`${path}/metadata`);
    await send('DELETE', deleted);
    expect(await send('POST', `${path}/restore`)).toBe(204);
    expect(await archive.json(`${path}/metadata`)).toEqual(metadata);
    for (const found of metadata) {
      const sop = String(found['00080018']?.Value?.[0]);
      const [series] = found['0020000E']?.Value ?? [];
      const path = `${STUDY}/series/${series}/instances/${sop}`;
      expect(await archive.bytes(path, 'application/dicom')).toEqual(files.get(sop));
      expect((await get(`${path}/frames/1`)).status).toBe(200);
    }
    expect(await one('/dicomweb/studies?PatientName=*eptun*&StudyInstanceUID=1.2.3.4', '00100020')).toEqual([
      'MRN0000002',
    ]);
    if (path === deleted) {
      const sorted = (list: object[]) => list.map((entry) => JSON.stringify(entry)).sort();
      expect(sorted(await archive.json('/dicomweb/studies'))).toEqual(sorted(study));
      expect(sorted(await archive.json(`${STUDY}/series`))).toEqual(sorted(series));
    }
    expect(await send('POST', `${path}/restore`)).toBe(404);
  });

  it('after the metadata was merged in between', async () => {
    for (const n of [1, 2, 3]) await archive.store([slice({ sop: `1.2.3.4.${n}` })]);
    const before = await archive.json(`${FIRST}/instances/1.2.3.4.2/metadata`);
    await send('DELETE', `${FIRST}/instances/1.2.3.4.2`);
    const series = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };
    await compactSeries(open(), series, DEFAULT_LIMITS, Date.now() + DAY);
    await run(3 * DAY);
    await run(5 * DAY);
    expect(await send('POST', `${FIRST}/instances/1.2.3.4.2/restore`)).toBe(204);
    expect(await archive.json(`${FIRST}/instances/1.2.3.4.2/metadata`)).toEqual(before);
    expect(await archive.json(`${FIRST}/metadata`)).toHaveLength(3);
  });
});

describe('a restoration of which a part stays deleted', () => {
  const label = async (...labels: string[]) => {
    const headers = { 'Content-Type': 'application/json' };
    const asked = { method: 'PUT', headers, body: JSON.stringify(labels) };
    expect((await archive.fetch(`${STUDY}/labels`, asked)).status).toBe(200);
  };
  const restored = async (path: string) => {
    const response = await archive.fetch(`${path}/restore`, { method: 'POST' });
    return [response.status, response.status === 204 ? undefined : await response.json<object>()] as const;
  };
  const some = (...numbers: number[]) => numbers.map((n) => slice({ sop: `1.2.3.4.0.${n}`, seed: 70 + n }));
  const act = async (method: string, at: string) => expect(await send(method, at), `${method} ${at}`).toBe(204);

  it.each([
    ['the study', STUDY, 5],
    ['a series', FIRST, 3],
  ])('says so when its study had other labels: %s', async (_, path, left) => {
    await fill(archive);
    await label('trial');
    await act('DELETE', STUDY);
    await archive.store(some(7, 8));
    await act('DELETE', `${FIRST}/instances/1.2.3.4.0.7`);

    const notRestored = { otherContent: 0, otherStudy: left };
    const detail = expect.stringContaining(`Instances that stay deleted: ${left}. The study`);
    expect(await restored(path)).toEqual([202, { restored: 1, notRestored, detail }]);
    expect(await restored(path)).toEqual([409, expect.objectContaining({ detail })]);
    expect(await restored(`${FIRST}/instances/1.2.3.4.0.1`)).toMatchObject([
      409,
      { detail: expect.stringContaining('other labels') },
    ]);

    await label('trial');
    expect(await restored(path)).toEqual([204, undefined]);
    expect((await instances()).filter((uid) => String(uid).startsWith('1.2.3.4'))).toHaveLength(2 + left);
  });

  it('restores all of either study, after what the answer says', async () => {
    await fill(archive);
    await label('trial');
    await act('DELETE', STUDY);
    await archive.store(some(7));
    await act('DELETE', STUDY);
    expect(await restored(STUDY)).toMatchObject([202, { restored: 1, notRestored: { otherStudy: 5 } }]);
    await act('DELETE', STUDY);
    expect((await restored(`${FIRST}/instances/1.2.3.4.0.1`))[0]).toBe(204);
    expect(await restored(STUDY)).toMatchObject([202, { restored: 4, notRestored: { otherStudy: 1 } }]);
    expect(await archive.json(`${STUDY}/labels`)).toEqual(['trial']);
  });

  it('says so when other content has been stored, and not when the same has', async () => {
    const files = await fill(archive);
    await act('DELETE', STUDY);
    await archive.store([...some(1), files.get('1.2.3.4.0.2')!]);
    const detail = expect.stringContaining('was not restored: 1. Other content');
    expect(await restored(STUDY)).toEqual([
      202,
      { restored: 3, notRestored: { otherContent: 1, otherStudy: 0 }, detail },
    ]);
    expect((await restored(`${FIRST}/instances/1.2.3.4.0.1`))[0]).toBe(204);
    expect(await archive.bytes(`${FIRST}/instances/1.2.3.4.0.1`, 'application/dicom')).toEqual(
      files.get('1.2.3.4.0.1'),
    );
  });

  it('restores what several deletions have deleted', async () => {
    await fill(archive);
    await act('DELETE', `${FIRST}/instances/1.2.3.4.0.1`);
    await act('DELETE', FIRST);
    await act('DELETE', STUDY);
    expect(await restored(STUDY)).toEqual([204, undefined]);
    expect(await archive.json(`${STUDY}/metadata`)).toHaveLength(5);
  });
});

describe('when the retention time is over', () => {
  it('nothing can be restored, the bytes are reclaimed, and current instances stay unchanged', async () => {
    const files = await fill(archive);
    await send('DELETE', FIRST);
    await run(29 * DAY);
    expect(await objects()).toHaveLength(files.size + 1);
    await run(31 * DAY);
    const left = await objects();
    expect(left.filter((key) => key.includes('1.2.3.4.0'))).toEqual([]);
    expect(left).toHaveLength(3);
    expect((await instances()).sort()).toEqual(['1.2.3.4.9.1', '1.2.3.4.9.2', '9.1.1']);
    expect((await get(FIRST)).status).toBe(404);
    expect(await send('POST', `${FIRST}/restore`)).toBe(404);
  });

  it('RETENTION_DAYS=0 keeps nothing: 404 at once', async () => {
    archive = archiveClient({ RETENTION_DAYS: '0' });
    await archive.store([slice()]);
    expect(await send('DELETE', STUDY)).toBe(204);
    expect((await get(STUDY)).status).toBe(404);
    await run(0);
    expect((await objects()).filter((key) => key.includes('/instances/'))).toEqual([]);
  });

  it('an instance that was restored or stored again loses nothing', async () => {
    await archive.store([slice()]);
    await send('DELETE', STUDY);
    await send('POST', `${STUDY}/restore`);
    await send('DELETE', STUDY);
    await archive.store([slice()]);
    await run(40 * DAY);
    await run(40 * DAY);
    expect(await archive.bytes(`${FIRST}/instances/1.2.3.4.1`, 'application/dicom')).toEqual(slice());
    expect(await archive.json(`${STUDY}/metadata`)).toHaveLength(1);
    expect(await objects()).toHaveLength(1);
  });
});
