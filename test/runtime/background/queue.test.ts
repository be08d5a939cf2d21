import { expect, it } from 'vitest';
import type { QueueMessage } from '../../../src/archive/background-messages';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { multipart } from '../../support/clients/archive-client';
import { workerClient } from '../../support/clients/worker-client';
import { slice } from '../../support/files/samples';
import { testBindings } from '../../support/platform/bindings';
import { migrateNorth, northDatabase } from '../../support/platform/two-archives';

const SERIES = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };

withArchive();

it('merges metadata in the archive that the message names', async () => {
  await migrateNorth();
  const consumer = workerClient({ ARCHIVES: '{"north":{}}' });
  const path = '/archives/north/dicomweb/studies';
  for (let n = 1; n <= 8; n += 1) {
    const file = slice({ sop: `1.2.3.4.${n}`, rows: 2, columns: 2 });
    expect((await consumer.fetch(path, { method: 'POST', ...multipart([file]) })).status).toBe(200);
  }
  const { index } = openArchive('north', { ...testBindings(), database: northDatabase() });
  expect(await index.segments(SERIES)).toHaveLength(8);
  consumer.queued.splice(0, Number.POSITIVE_INFINITY, { archive: 'north', ...SERIES });
  expect(await consumer.deliver()).toBe(0);
  expect(await index.segments(SERIES)).toHaveLength(1);
  expect(await consumer.json(`${path}/1.2.3.4/series/1.2.3.4.0/metadata`)).toHaveLength(8);
});

it('drops a message for an archive that the deployment does not have any more', async () => {
  const consumer = workerClient({}, [{ archive: 'retired', ...SERIES }]);
  expect(await consumer.deliver()).toBe(0);
  expect(consumer.queued).toEqual([]);
});

it('asks again for work that is too much for one run, and uses none of its attempts', async () => {
  const messages = Array.from({ length: 100 }, (_, n) => ({
    archive: '',
    studyInstanceUID: '1.2.3.4',
    seriesInstanceUID: `1.2.3.4.${n}`,
  }));
  const consumer = workerClient({}, [...messages]);
  expect(await consumer.deliver()).toBe(0);
  expect(consumer.queued.length).toBeGreaterThan(0);
  expect(consumer.queued).toEqual(messages.slice(100 - consumer.queued.length));
  expect(await consumer.deliver()).toBe(0);
  expect(consumer.queued).toEqual([]);
});

it('asks for another look at a series that is not at rest yet', async () => {
  const consumer = workerClient({});
  for (const sop of ['1.2.3.4.1', '1.2.3.4.2']) await consumer.store([slice({ sop })]);
  const asked: QueueMessage[] = [{ archive: '', ...SERIES }];
  expect(consumer.queued).toEqual(asked);
  expect(await consumer.deliver()).toBe(0);
  expect(consumer.queued).toEqual(asked);
});
