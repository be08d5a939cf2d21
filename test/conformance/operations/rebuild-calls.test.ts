import { expect, it } from 'vitest';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { allSnapshots, loseDatabase, rebuild } from '../../support/databases/rebuilding';
import { slice } from '../../support/files/samples';
import { testBindings } from '../../support/platform/bindings';
import { type Through, watchedBindings } from '../../support/platform/platform-calls';

/*
 * An archive is closed while its index is rebuilt, so the time of that counts: what a study waits for, and what a file.
 */

const STUDIES = 20;
const FILES = 120;

withArchive();

it('a rebuild reads the rows of several studies at a time, waits for the database twice a study, and asks for all files of a listing at once', async () => {
  const client = archiveClient();
  const archive = openArchive(client.prefix, client.bindings);
  const place = (n: number) => ({ study: `1.2.3.${n}`, series: `1.2.3.${n}.0` });
  for (let n = 1; n < STUDIES; n += 1) await client.store([slice({ ...place(n), sop: `1.2.3.${n}.0.1` })]);
  const many = (from: number) =>
    Array.from({ length: 50 }, (_, at) => slice({ ...place(STUDIES), sop: `1.2.3.${STUDIES}.0.${from + at}` }));
  for (let from = 0; from < FILES; from += 50) await client.store(many(from).slice(0, FILES - from));
  await allSnapshots(archive);
  await loseDatabase();

  let reading = 0;
  let mostAtOnce = 0;
  let waits = 0;
  const through: Through = async ({ operation }, work) => {
    if (operation === 'query' || operation === 'batch') waits += 1;
    const isRead = operation === 'get' || operation === 'list';
    reading += isRead ? 1 : 0;
    mostAtOnce = Math.max(mostAtOnce, reading);
    return await work().finally(() => {
      reading -= isRead ? 1 : 0;
    });
  };
  await rebuild(openArchive(client.prefix, watchedBindings(testBindings(), through)));

  expect(mostAtOnce).toBe(4);
  // And some for the beginning, the end and each step.
  expect(waits).toBeLessThan(2 * STUDIES + 30);
  const found = await client.json(`/dicomweb/studies/1.2.3.${STUDIES}/instances?limit=1000`);
  expect(found).toHaveLength(FILES);
  expect(await client.json('/dicomweb/studies')).toHaveLength(STUDIES);
});
