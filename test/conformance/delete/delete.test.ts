import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FIRST, fill, requestsTo, STUDY } from '../../support/archive/filled-study';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import type { Element } from '../../support/files/part10';
import { slice } from '../../support/files/samples';
import { isOneDatabase } from '../../support/platform/bindings';
import { type Failure, failing } from '../../support/platform/failing';
import { replacing } from '../../support/platform/replacing';

const SECOND = `${STUDY}/series/1.2.3.4.9`;
let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

afterEach(() => vi.restoreAllMocks());

const { send, get, one, instances } = requestsTo(() => archive);

describe('RFC 9110 9.3.5 DELETE', () => {
  it.each([
    ['a study', STUDY, ['9.1.1']],
    ['a series', FIRST, ['1.2.3.4.9.1', '1.2.3.4.9.2', '9.1.1']],
    [
      'an instance',
      `${FIRST}/instances/1.2.3.4.0.2`,
      ['1.2.3.4.0.1', '1.2.3.4.0.3', '1.2.3.4.9.1', '1.2.3.4.9.2', '9.1.1'],
    ],
  ])('%s: 204, then 410 from every resource of it, and the rest is as it was', async (_, path, left) => {
    const files = await fill(archive);
    const instance = path.includes('/instances/') ? path : `${FIRST}/instances/1.2.3.4.0.2`;
    expect((await get(`${instance}/frames/1`)).status).toBe(200);
    expect(await send('DELETE', path)).toBe(204);
    const below = [path, `${path}/metadata`, instance, `${instance}/metadata`, `${instance}/frames/1`];
    for (const gone of [...below, `${instance}/bulkdata/7FE00010`]) {
      const response = await get(gone);
      expect(response.status, gone).toBe(410);
      expect(await response.json()).toMatchObject({ code: 'gone' });
    }
    expect((await instances()).sort()).toEqual(left);
    for (const sop of left) {
      const found = (await archive.json(`/dicomweb/instances?SOPInstanceUID=${sop}`))[0];
      const stored = await archive.bytes(
        new URL(String(found?.['00081190']?.Value?.[0])).pathname,
        'application/dicom',
      );
      expect(stored).toEqual(files.get(sop));
    }
    expect(await send('DELETE', path)).toBe(410);
  });

  it('of what another request has just deleted: 410, also in the same millisecond', async () => {
    await fill(archive);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now());
    expect(await send('DELETE', `${FIRST}/instances/1.2.3.4.0.2`)).toBe(204);
    expect(await send('DELETE', `${FIRST}/instances/1.2.3.4.0.2`)).toBe(410);
    expect(await send('DELETE', FIRST)).toBe(204);
    expect(await send('DELETE', FIRST)).toBe(410);
  });

  it('is not done when it depends on an entity tag, and neither is any other change of the study', async () => {
    await fill(archive);
    const asked = async (method: string, path: string, tag: string, body?: unknown) => {
      const headers = { 'If-Match': tag, 'Content-Type': 'application/json' };
      const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
      return (await archive.fetch(path, init)).status;
    };
    for (const path of [STUDY, FIRST, `${FIRST}/instances/1.2.3.4.0.2`]) {
      for (const tag of ['"nope"', 'W/"a", "b"']) expect(await asked('DELETE', path, tag), path).toBe(412);
    }
    expect(await asked('PUT', `${STUDY}/labels`, '"a"', ['trial'])).toBe(412);
    expect(await asked('PUT', `${STUDY}/hold`, '"a"', { reason: 'a case' })).toBe(412);
    expect(await instances()).toHaveLength(6);
    expect(await archive.json(`${STUDY}/labels`)).toEqual([]);
    expect(await asked('DELETE', `${STUDY}/series/9.9`, '"nope"')).toBe(404);
    expect(await asked('DELETE', STUDY, '*')).toBe(204);
    expect(await asked('DELETE', STUDY, '"nope"')).toBe(410);
    expect(await asked('POST', `${STUDY}/restore`, '"nope"')).toBe(412);
    expect(await instances()).toEqual(['9.1.1']);
    expect(await asked('POST', `${STUDY}/restore`, '*')).toBe(204);
  });

  it('WADO-URI says 410 too', async () => {
    await fill(archive);
    await send('DELETE', STUDY);
    const query =
      'requestType=WADO&studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.0.1&contentType=application/dicom';
    expect((await get(`/wado?${query}`)).status).toBe(410);
  });

  it('an instance that was never stored is 404', async () => {
    await fill(archive);
    for (const path of ['/dicomweb/studies/7', `${STUDY}/series/7`, `${FIRST}/instances/7`]) {
      expect(await send('DELETE', path), path).toBe(404);
      expect(await send('POST', `${path}/restore`), path).toBe(404);
    }
    expect(await send('DELETE', `${STUDY}/metadata`)).toBe(405);
  });

  it('counts, modalities and searches are right at once', async () => {
    await fill(archive);
    await send('DELETE', `${FIRST}/instances/1.2.3.4.0.1`);
    expect(await one('/dicomweb/studies?StudyInstanceUID=1.2.3.4', '00201208')).toEqual([4]);
    expect(await one(`${STUDY}/series?Modality=CT`, '00201209')).toEqual([2]);
    expect(await archive.json(`${FIRST}/metadata`)).toHaveLength(2);
    await send('DELETE', SECOND);
    expect(await one('/dicomweb/studies?StudyInstanceUID=1.2.3.4', '00080061')).toEqual(['CT']);
    expect(await one('/dicomweb/studies?StudyInstanceUID=1.2.3.4', '00201206')).toEqual([1]);
    expect(await archive.json('/dicomweb/studies?ModalitiesInStudy=MR')).toEqual([]);
    await send('DELETE', STUDY);
    expect(await archive.json('/dicomweb/studies?PatientName=*neptune*')).toHaveLength(1);
    expect(await archive.json('/dicomweb/studies?StudyInstanceUID=1.2.3.4')).toEqual([]);
  });

  it('deleting the last instance deletes its series and study', async () => {
    await archive.store([slice()]);
    expect(await send('DELETE', `${FIRST}/instances/1.2.3.4.1`)).toBe(204);
    expect(await archive.json('/dicomweb/studies')).toEqual([]);
    expect(await archive.json('/dicomweb/series')).toEqual([]);
    expect((await get(STUDY)).status).toBe(410);
  });

  it('the remaining instances describe the study', async () => {
    const wrong: Element[] = [
      [0x00100010, 'PN', 'Wrong^Patient'],
      [0x0008103e, 'LO', 'Wrong series'],
    ];
    await archive.store([slice({ sop: '1.2.3.4.1', elements: wrong })]);
    await archive.store([slice({ sop: '1.2.3.4.2' })]);
    expect(await one('/dicomweb/studies', '00100010')).toEqual([{ Alphabetic: 'Wrong^Patient' }]);
    expect(await send('DELETE', `${FIRST}/instances/1.2.3.4.1`)).toBe(204);
    expect(await one('/dicomweb/studies', '00100010')).toEqual([{ Alphabetic: 'Neptune^Planet' }]);
    expect(await one('/dicomweb/series', '0008103E')).toEqual(['Axial']);
    expect(await archive.json('/dicomweb/studies?PatientName=wrong*')).toEqual([]);
    expect(await archive.json('/dicomweb/studies?PatientName=neptune*')).toHaveLength(1);
  });

  it('costs one transaction for a study of 300 instances', async () => {
    await archive.store(Array.from({ length: 300 }, (_, n) => slice({ sop: `1.2.3.4.${n + 1}`, rows: 2, columns: 2 })));
    const before = archive.operations.d1;
    expect(await send('DELETE', STUDY)).toBe(204);
    // Where the study is in a further database, its links are in the first one.
    expect(archive.operations.d1 - before).toBe(isOneDatabase ? 1 : 2);
    expect(archive.operations.r2Deletes).toBe(0);
  });
});

describe('a deletion or restoration that is interrupted', () => {
  const LOST = 'D1_ERROR: Network connection lost.';
  const OVERLOADED = 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.';
  let next: Failure | undefined;
  beforeEach(() => {
    archive = archiveClient({}, (real) =>
      failing(real, (operation) => {
        if (operation !== 'batch') return undefined;
        const failure = next;
        next = undefined;
        return failure;
      }),
    );
  });

  it.each(['before', 'after'] as const)(
    'by a connection lost %s it took place: is done once, and says so',
    async (when) => {
      const files = await fill(archive);
      next = { message: LOST, when };
      expect(await send('DELETE', STUDY)).toBe(204);
      expect(await instances()).toEqual(['9.1.1']);
      next = { message: LOST, when };
      expect(await send('POST', `${STUDY}/restore`)).toBe(204);
      expect(await instances()).toHaveLength(files.size);
      expect(await one('/dicomweb/studies?StudyInstanceUID=1.2.3.4', '00201208')).toEqual([5]);
    },
  );

  it('because the index does not answer: nothing is changed, and the request can be sent again', async () => {
    const files = await fill(archive);
    next = { message: OVERLOADED, when: 'before' };
    expect(await send('DELETE', STUDY)).toBe(503);
    expect(await instances()).toHaveLength(files.size);
    expect(await send('DELETE', STUDY)).toBe(204);
    next = { message: OVERLOADED, when: 'before' };
    expect(await send('POST', `${STUDY}/restore`)).toBe(503);
    expect(await instances()).toEqual(['9.1.1']);
    expect(await send('POST', `${STUDY}/restore`)).toBe(204);
    expect(await instances()).toHaveLength(files.size);
  });
});

if (isOneDatabase) {
  describe('a deletion between the two looks of a store whose first answer was lost', () => {
    it('leaves the bytes, which can be restored', async () => {
      let batches = 0;
      const other = archive;
      archive = archiveClient({}, (real) => {
        const batch = (of: D1Database | D1DatabaseSession) => async (statements: D1PreparedStatement[]) => {
          batches += 1;
          // The first attempt is carried out; the second finds its own instance, which is deleted before it is read.
          if (batches === 4) expect((await other.fetch(STUDY, { method: 'DELETE' })).status).toBe(204);
          const results = await of.batch(statements);
          if (batches === 1) throw new Error('D1_ERROR: Network connection lost.');
          return results;
        };
        const database = replacing(real.database, {
          withSession: (constraint?: string) => {
            const session = real.database.withSession(constraint);
            return replacing(session, { batch: batch(session) });
          },
        });
        return { ...real, database };
      });
      expect((await archive.store([slice()])).status).toBe(200);
      expect(batches).toBe(4);
      expect(await archive.json('/dicomweb/studies')).toEqual([]);
      expect(await send('POST', `${STUDY}/restore`)).toBe(204);
      expect(await archive.bytes(`${FIRST}/instances/1.2.3.4.1`, 'application/dicom')).toEqual(slice());
      expect(await archive.json(`${STUDY}/metadata`)).toHaveLength(1);
    });
  });
}
