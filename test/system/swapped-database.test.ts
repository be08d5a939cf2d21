import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { stow } from '../support/clients/stow-client';
import { nativeImage, uidOf } from '../support/files/synthetic';
import { scratchFolder } from '../support/server/front-door';
import { type Server, startServer } from '../support/server/server';

const scratch = scratchFolder();
let server: Server | undefined;
afterAll(async () => {
  await server?.stop();
  scratch.remove();
});

test('an archive that starts with another database changes nothing, and goes on when its own is back', async () => {
  const data = join(scratch.path, 'data');
  const database = join(data, 'd1');
  const aside = join(scratch.path, 'its own database');
  const objects = () => readdirSync(join(data, 'r2/dicomweb-edge/blobs')).sort();
  const start = async () => {
    await server?.stop();
    // A database without tables gets them.
    server = await startServer({ bundle: inject('bundle'), data });
  };
  const send = async (method: string, path: string) =>
    (await fetch(`${server?.origin}/dicomweb/${path}`, { method })).status;
  const study = uidOf('study');
  const instance = `studies/${study}/series/${uidOf('series')}/instances/${uidOf('instance')}`;
  const file = nativeImage({
    study,
    series: uidOf('series'),
    instance: uidOf('instance'),
    number: 1,
    rows: 8,
    columns: 8,
  });

  await start();
  expect((await stow(server?.origin ?? '', [file])).status).toBe(200);
  expect(await send('DELETE', `studies/${study}`)).toBe(204);
  const before = objects();
  // The Part 10 file and the archive's id. The short metadata is in the index.
  expect(before).toHaveLength(2);
  await server?.stop();

  renameSync(database, aside);
  await start();
  expect(await send('GET', 'studies')).toBe(503);
  expect(await send('DELETE', `studies/${study}`)).toBe(503);
  expect(await send('POST', `studies/${study}/restore`)).toBe(503);
  const health = await fetch(`${server?.origin}/health`);
  expect(health.status).toBe(503);
  expect(await health.json()).toMatchObject({ status: 'fail', checks: { archive: { status: 'fail' } } });
  await server?.stop();
  expect(objects()).toEqual(before);

  rmSync(database, { recursive: true });
  renameSync(aside, database);
  await start();
  expect(await send('POST', `studies/${study}/restore`)).toBe(204);
  const answer = await fetch(`${server?.origin}/dicomweb/${instance}`, {
    headers: { Accept: 'application/dicom; transfer-syntax=*' },
  });
  expect(Buffer.from(await answer.arrayBuffer()).equals(file)).toBe(true);
  await server?.stop();

  // A database that is lost is made again from the bucket.
  rmSync(database, { recursive: true });
  await start();
  expect(await send('GET', 'studies')).toBe(503);
  let rebuild: { readonly finishedAt: string | null } = { finishedAt: null };
  while (rebuild.finishedAt === null) {
    const step = await fetch(`${server?.origin}/rebuild`, { method: 'POST' });
    expect(step.status).toBe(200);
    ({ rebuild } = await step.json());
  }
  expect(await send('GET', 'studies')).toBe(200);
  expect(await send('GET', instance)).toBe(200);
  expect(await send('DELETE', `studies/${study}`)).toBe(204);
});
