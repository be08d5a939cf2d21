import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { applyRetention } from '../../../src/archive/remove/retention';
import { runHourly } from '../../../src/background/scheduled';
import { DEFAULT_DUPLICATES, parseConfig } from '../../../src/config';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { everywhere } from '../../support/platform/bindings';

withArchive();

const DAY = 86_400_000;
const STUDIES = { old: '1.2.1', held: '1.2.2', mixed: '1.2.3', labelled: '1.2.4', recent: '1.2.5' };

const file = (study: string, modality: string, n = 1) =>
  slice({
    study,
    series: `${study}.${n}`,
    sop: `${study}.${n}.1`,
    elements: [[0x00080060, 'CS', modality]],
  });

/** Studies that were last changed long ago, and one that was not. */
async function archive(rules: object) {
  const client = archiveClient({ RETENTION_RULES: JSON.stringify(rules) });
  const opened = openArchive(client.prefix, client.bindings);
  await beginArchive(opened, Date.now());
  for (const study of [STUDIES.old, STUDIES.held, STUDIES.mixed, STUDIES.recent])
    await client.store([file(study, 'CR')]);
  await client.store([file(STUDIES.mixed, 'CT', 2), file(STUDIES.labelled, 'MR')]);
  const put = (path: string, body: unknown) =>
    client.fetch(`/dicomweb/studies/${path}`, {
      method: 'PUT',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    });
  expect((await put(`${STUDIES.labelled}/labels`, ['trial'])).status).toBe(200);
  expect((await put(`${STUDIES.held}/hold`, { reason: 'a case' })).status).toBe(204);
  await everywhere(
    'UPDATE study SET updated_at = ? WHERE study_instance_uid <> ?',
    Date.now() - 100 * DAY,
    STUDIES.recent,
  );
  return { client, archive: opened, config: parseConfig({ ...env, RETENTION_RULES: JSON.stringify(rules) }) };
}

const statuses = async (client: ReturnType<typeof archiveClient>) =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(STUDIES).map(async ([name, study]) => [
        name,
        (await client.fetch(`/dicomweb/studies/${study}`)).status,
      ]),
    ),
  );

it('rules that do not delete say in /statistics what they would delete', async () => {
  const {
    client,
    archive: opened,
    config,
  } = await archive({
    xray: { modalities: ['CR', 'DX'], days: 90 },
    trials: { labels: ['trial'], days: 90 },
  });
  await runHourly([{ archive: opened, config }]);
  const { retention } = await (await client.fetch('/statistics')).json<{ retention: { before: object } }>();
  expect(retention.before).toEqual({
    startedAt: expect.any(String),
    finishedAt: expect.any(String),
    studies: 5,
    due: { xray: { due: 2, held: 1, deleted: 0 }, trials: { due: 1, held: 0, deleted: 0 } },
  });
  expect(await statuses(client)).toEqual({ old: 200, held: 200, mixed: 200, labelled: 200, recent: 200 });
});

it('rules that delete leave studies under legal hold, and what they delete can be restored and is in the record', async () => {
  const {
    client,
    archive: opened,
    config,
  } = await archive({
    xray: { modalities: ['CR'], days: 90, delete: true },
    trials: { labels: ['trial'], days: 365, delete: true },
  });
  await runHourly([{ archive: opened, config }]);
  expect(await statuses(client)).toEqual({ old: 410, held: 200, mixed: 200, labelled: 200, recent: 200 });
  const events = await opened.record.find({ action: 'delete', limit: 10 });
  expect(events).toMatchObject([{ principalID: 'retention', studyInstanceUID: STUDIES.old, subject: 'rule xray' }]);
  expect((await client.fetch(`/dicomweb/studies/${STUDIES.old}/restore`, { method: 'POST' })).status).toBe(204);
  // It has changed now, so it stays.
  await applyRetention(opened, config.retentionRules, DEFAULT_DUPLICATES, Date.now());
  expect((await client.fetch(`/dicomweb/studies/${STUDIES.old}`)).status).toBe(200);
});

it('a rule deletes no study that has changed since it was looked at, nor one under a new hold, and goes on with the others', async () => {
  const {
    client,
    archive: opened,
    config,
  } = await archive({ all: { modalities: ['CR', 'CT'], days: 90, delete: true } });
  const at = `/dicomweb/studies/${STUDIES.mixed}/hold`;
  const init = { method: 'PUT', body: '{"reason":"case"}', headers: { 'Content-Type': 'application/json' } };
  const { retention } = opened;
  const look = {
    ...opened,
    retention: {
      ...retention,
      studiesAfter: async (row: number, limit: number) => {
        const found = await retention.studiesAfter(row, limit);
        await client.store([file(STUDIES.old, 'CR', 2)]);
        expect((await client.fetch(at, init)).status).toBe(204);
        await client.fetch(`/dicomweb/studies/${STUDIES.held}/hold`, { method: 'DELETE' });
        return found.map((study) => ({ ...study, isHeld: false }));
      },
    },
  };
  await applyRetention(look, config.retentionRules, DEFAULT_DUPLICATES, Date.now());
  expect(await statuses(client)).toEqual({ old: 200, held: 410, mixed: 200, labelled: 200, recent: 200 });
  expect((await opened.retention.look())?.before?.due).toEqual({ all: { due: 3, held: 0, deleted: 1 } });
  const events = await opened.record.find({ action: 'delete', limit: 10 });
  const told = events.map(({ studyInstanceUID, outcome }) => `${studyInstanceUID} ${outcome}`);
  expect(told.filter((each) => each.endsWith('failed')).sort()).toEqual(
    [STUDIES.old, STUDIES.mixed].map((uid) => `${uid} failed`),
  );
});

it('without rules nothing is asked and nothing is deleted', async () => {
  const { client, archive: opened } = await archive({});
  await applyRetention(opened, [], DEFAULT_DUPLICATES, Date.now() + 10_000 * DAY);
  expect(await opened.retention.look()).toBeUndefined();
  expect('retention' in (await (await client.fetch('/statistics')).json<object>())).toBe(false);
});

it('a rule with a mistake stops the deployment', () => {
  const wrong = [
    { a: { days: 1 } },
    { a: { modalities: ['CT'] } },
    { a: { modalities: [], days: 1 } },
    { a: { modalities: ['CT'], days: 0 } },
    { a: { modalities: ['ct'], days: 1 } },
    { a: { labels: ['a b'], days: 1 } },
    { a: { modality: 'CT', days: 1 } },
    { a: { modalities: ['CT'], days: 1, delete: 'yes' } },
    { 'a b': { modalities: ['CT'], days: 1 } },
  ];
  for (const rules of wrong) {
    expect(() => parseConfig({ RETENTION_RULES: JSON.stringify(rules) })).toThrow('RETENTION_RULES.a');
  }
});
