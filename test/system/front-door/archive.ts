import { rmSync } from 'node:fs';
import { expect } from 'vitest';
import { comments, slice } from '../../support/files/samples';
import { type Case, type Doors, KB } from '../../support/server/doors';
import { COMMITMENT, STUDY, USED_KEY, USED_TRANSACTION } from './routes';
import { blobsOf, prepareUploads } from './uploads';

/** A real Part 10 file of two frames, whose metadata is too long for the index. */
function fileOf(study: string, seed: number): Buffer {
  return Buffer.from(
    slice({
      ...{ study, series: `${study}.1`, sop: `${study}.1.1`, rows: 128, columns: 64, seed },
      elements: [
        [0x00280008, 'IS', '2'],
        [0x00280010, 'US', [64]],
        [0x00204000, 'LT', `Seed ${seed}`],
        comments(6000, seed),
      ],
    }),
  );
}

/** Brings both archives into the state that the errors need. All of it goes through the doors. */
export async function prepare(doors: Doors): Promise<void> {
  const statusOf = async (one: Case) => (await doors.same(one, (one.start ?? '').length)).status;
  const store = async (study: string, seed: number, more: Record<string, string> = {}) => {
    const headers = { 'Content-Type': 'application/dicom', ...more };
    expect(await statusOf({ method: 'POST', path: '/dicomweb/studies', headers, start: fileOf(study, seed) })).toBe(
      200,
    );
  };
  const remove = async (study: string) =>
    expect(await statusOf({ method: 'DELETE', path: `/dicomweb/studies/${study}` })).toBe(204);
  await store(STUDY.present, 1);
  await store(STUDY.deleted, 2);
  await remove(STUDY.deleted);
  await store(STUDY.replaced, 3);
  await remove(STUDY.replaced);
  await store(STUDY.replaced, 4);
  const before = doors.data.map((data) => blobsOf(data));
  await store(STUDY.lost, 5);
  // By hand, as an accident does it: the index keeps its rows.
  for (const [at, data] of doors.data.entries()) {
    const lost = blobsOf(data).filter((path) => !before[at]!.includes(path));
    expect(lost.length).toBeGreaterThanOrEqual(2);
    for (const path of lost) rmSync(path);
  }
  await store(STUDY.held, 6);
  const held = { method: 'PUT', path: `/dicomweb/studies/${STUDY.held}/hold`, start: '{"reason":"a case"}' };
  expect(await statusOf({ ...held, headers: { 'Content-Type': 'application/json' } })).toBe(204);
  await prepareUploads(doors);
  const commitment = { 'Content-Type': 'application/dicom+json' };
  const asked = { method: 'POST', path: `/dicomweb/commitment-requests/${USED_TRANSACTION}`, headers: commitment };
  expect(await statusOf({ ...asked, start: COMMITMENT })).toBe(200);
  for (const path of ['/dicomweb/studies', `/dicomweb/studies/${STUDY.present}`]) {
    const headers = { 'Content-Type': 'application/dicom', 'Idempotency-Key': USED_KEY };
    const answer = await doors.same({ method: 'POST', path, headers, start: fileOf(STUDY.present, 1) }, 3 * KB);
    expect(answer.status).toBe(200);
  }
}
