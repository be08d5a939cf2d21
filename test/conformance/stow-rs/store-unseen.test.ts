import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Visibility } from '../../../src/archive/visibility';
import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { failing } from '../../support/platform/failing';
import '../../support/time/short-pauses';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { type SliceOptions, slice } from '../../support/files/samples';

withArchive();

const SENDER = 'key:sender';
const SEES_OWN: Visibility = [{ storedBy: SENDER }];

/** An archive that sees everything, and a sender that sees only the studies that it began. */
function archives(variables: Record<string, string> = {}): { whole: ArchiveClient; sender: ArchiveClient } {
  const whole = archiveClient(variables);
  const viewpoint = { principal: SENDER, visibility: SEES_OWN, labels: ['clinic'] };
  return { whole, sender: archiveClient(variables, undefined, whole.prefix, viewpoint) };
}

const THERE = '1.2.3.4';
const NOT_THERE = '1.2.3.5';
const at = (study: string, options: SliceOptions = {}) =>
  slice({ study, series: `${study}.0`, sop: `${study}.1`, ...options });

/** What the archive says of a study, and every row of it. */
async function stateOf(whole: ArchiveClient, study: string): Promise<unknown> {
  const rows = await env.DB.prepare(
    `SELECT study.*, (SELECT json_group_array(json_array(series.id, series.updated_at, series.attributes,
      number_of_series_related_instances)) FROM series WHERE study_id = study.id) AS series
    FROM study WHERE study_instance_uid = ?`,
  )
    .bind(study)
    .all();
  const metadata = await whole.json(`/dicomweb/studies/${study}/metadata`);
  return { rows: rows.results, metadata, found: await whole.json(`/dicomweb/studies?StudyInstanceUID=${study}`) };
}

/** All of a store's answer, with one study's UID in place of the other's. */
async function storeAnswer(
  client: ArchiveClient,
  files: Uint8Array | Uint8Array[],
  study: string,
  init: RequestInit = {},
) {
  const { headers, body } = multipart([files].flat());
  const request = { method: 'POST', body, ...init, headers: { ...headers, ...init.headers } };
  const response = await client.fetch('/dicomweb/studies', request);
  const text = JSON.stringify([response.status, [...response.headers], await response.text()]);
  return text.replaceAll(study, 'STUDY');
}

describe.each(['reject', 'keep', 'replace'])(
  'a store into a study that its sender cannot see (DUPLICATES=%s)',
  (policy) => {
    it('is answered as one into a study that is not there, and changes nothing of the study', async () => {
      const { whole, sender } = archives({ DUPLICATES: policy });
      await whole.store([at(THERE), at(THERE, { sop: `${THERE}.2` })]);
      const before = await stateOf(whole, THERE);
      const steps: SliceOptions[] = [
        {},
        {},
        { seed: 2 },
        { seed: 2 },
        { seed: 3 },
        {},
        { sop: '9.1' },
        { series: '9.2', sop: '9.3', elements: [[0x00100010, 'PN', 'Somebody^Else']] },
        { series: '9.2', sop: '9.3', seed: 4 },
      ];
      const answers: { there: string; notThere: string }[] = [];
      for (const options of steps) {
        const named = (study: string) => ({ ...options, series: `${study}${options.series ?? ''}.0` });
        answers.push({
          there: await storeAnswer(sender, at(THERE, named(THERE)), THERE),
          notThere: await storeAnswer(sender, at(NOT_THERE, named(NOT_THERE)), NOT_THERE),
        });
      }
      for (const { there, notThere } of answers) expect(there).toBe(notThere);
      expect(await stateOf(whole, THERE)).toEqual(before);
      expect((await sender.fetch(`/dicomweb/studies/${THERE}/metadata`)).status).toBe(404);
      expect((await sender.fetch(`/dicomweb/studies/${THERE}`, { method: 'DELETE' })).status).toBe(404);
      expect((await sender.fetch(`/dicomweb/studies/${THERE}/restore`, { method: 'POST' })).status).toBe(404);
      expect(await stateOf(whole, THERE)).toEqual(before);
    });
  },
);

/** Which calls of a store to the index fail: from which one on, how many, and whether their work is done all the same. */
const PATTERNS = [
  [1, 1, 'before'],
  [1, 1, 'after'],
  [1, 2, 'after'],
  [2, 1, 'before'],
  [2, 1, 'after'],
  [3, 1, 'after'],
] as const;

describe.each(['reject', 'keep', 'replace'])('a failing index (DUPLICATES=%s)', (policy) => {
  /** The answers to stores, each with `count` calls in a row that fail; `study` is there, and the sender cannot see it, or it is not. */
  async function answers(study: string, first: number, count: number, when: 'before' | 'after') {
    const { whole } = archives({ DUPLICATES: policy });
    await whole.store([at(THERE)]);
    let calls = 0;
    let failed = 0;
    const losing = (real: ArchiveBindings) =>
      failing(real, (operation) => {
        if (operation !== 'batch' && operation !== 'query') return undefined;
        calls += 1;
        if (calls < first || calls >= first + count) return undefined;
        failed += 1;
        return { message: 'D1_ERROR: Network connection lost.', when };
      });
    const viewpoint = { principal: SENDER, visibility: SEES_OWN, labels: [] };
    const sender = archiveClient({ DUPLICATES: policy }, losing, whole.prefix, viewpoint);
    const found: string[] = [];
    for (const seeds of [[1], [2], [2], [1], [2, 3, 2]]) {
      calls = 0;
      const files = seeds.map((seed) => at(study, { seed }));
      found.push(await storeAnswer(sender, files, study));
    }
    await emptyArchive();
    return { found, failed };
  }

  it('whichever call fails or loses its answer, a store is answered as without the failure, seen or unseen', async () => {
    const expected = (await answers(NOT_THERE, 1, 0, 'before')).found;
    let failures = 0;
    for (const [first, count, when] of PATTERNS) {
      for (const study of [THERE, NOT_THERE]) {
        const { found, failed } = await answers(study, first, count, when);
        expect(found, `${study}: ${count} from call ${first} on, ${when}`).toEqual(expected);
        failures += failed;
      }
    }
    // Each of the five stores makes one call at least, and those of known content more.
    expect(failures).toBeGreaterThan(2 * 4 * 5);
  });
});

it('an instance put aside can be restored by who sees everything, and by nobody else', async () => {
  const { whole, sender } = archives();
  await whole.store([at(THERE)]);
  const path = `/dicomweb/studies/${THERE}/series/9.2/instances/9.3`;
  const restore = (client: ArchiveClient) => client.fetch(`${path}/restore`, { method: 'POST' });
  expect((await sender.store([at(THERE, { series: '9.2', sop: '9.3' })])).status).toBe(200);
  const clinic = archiveClient({}, undefined, whole.prefix, {
    principal: 'key:clinic',
    visibility: [{ scopes: [{ studyInstanceUID: THERE }] }],
    labels: [],
  });
  for (const client of [sender, clinic]) expect((await restore(client)).status).toBe(404);
  expect((await whole.fetch(path)).status).toBe(404);
  expect((await restore(whole)).status).toBe(204);
  expect((await whole.fetch(path)).status).toBe(200);
  expect((await clinic.fetch(path)).status).toBe(200);
  expect((await sender.fetch(path)).status).toBe(404);
});

it('content put aside does not come back in place of what the owner deleted', async () => {
  const { whole, sender } = archives();
  await whole.store([at(THERE), at(THERE, { sop: '9.9' })]);
  const path = `/dicomweb/studies/${THERE}/series/${THERE}.0/instances/${THERE}.1`;
  const before = await whole.json(`${path}/metadata`);
  expect((await whole.fetch(path, { method: 'DELETE' })).status).toBe(204);
  expect((await sender.store([at(THERE, { elements: [[0x00204000, 'LT', 'not this']] })])).status).toBe(200);
  expect((await whole.fetch(`${path}/restore`, { method: 'POST' })).status).toBe(204);
  expect(await whole.json(`${path}/metadata`)).toEqual(before);
});

it('a sender that begins a study gives it its labels, sees it, and can add to it', async () => {
  const { whole, sender } = archives();
  expect((await sender.store([at(NOT_THERE)])).status).toBe(200);
  expect((await sender.store([at(NOT_THERE, { sop: '9.9' })])).status).toBe(200);
  expect(await sender.json(`/dicomweb/studies/${NOT_THERE}/instances`)).toHaveLength(2);
  // Neither changes when somebody else adds to the study.
  await archiveClient({}, undefined, whole.prefix, {
    principal: 'key:other',
    visibility: 'everything',
    labels: ['x'],
  }).store([at(NOT_THERE, { sop: '9.10' })]);
  const row = await env.DB.prepare('SELECT stored_by, labels FROM study').first();
  expect(row).toEqual({ stored_by: SENDER, labels: '["clinic"]' });
  expect(await sender.json(`/dicomweb/studies/${NOT_THERE}/instances`)).toHaveLength(3);
});

it('counts are right when a principal changes a study so that it cannot see it any more', async () => {
  const variables = { DUPLICATES: 'replace' };
  const whole = archiveClient(variables);
  const series = (at: number) => ({ series: `${THERE}.${at}`, sop: `${THERE}.${at}.1` });
  await whole.store([slice({ study: THERE, ...series(1) }), slice({ study: THERE, ...series(2) })]);
  const clinic = archiveClient(variables, undefined, whole.prefix, {
    principal: 'key:clinic',
    visibility: [{ referringPhysicianName: ['galle*'] }],
    labels: [],
  });
  const other = {
    elements: [
      [0x00080090, 'PN', 'Bouvard^Alexis'],
      [0x00080060, 'CS', 'MR'],
    ],
  } as SliceOptions;
  const files = [slice({ study: THERE, ...series(1), ...other }), slice({ study: THERE, ...series(3), ...other })];
  expect((await clinic.store(files)).status).toBe(200);
  expect((await clinic.fetch(`/dicomweb/studies/${THERE}`)).status).toBe(404);
  const row = await env.DB.prepare(
    `SELECT referring_physician_name, modalities_in_study, number_of_study_related_series,
      number_of_study_related_instances, (SELECT instance FROM archive_total) AS total FROM study`,
  ).first();
  expect(row).toEqual({
    referring_physician_name: 'bouvard alexis',
    modalities_in_study: 'CT\\MR',
    number_of_study_related_series: 3,
    number_of_study_related_instances: 3,
    total: 3,
  });
});

describe('a study that was deleted', () => {
  const path = `/dicomweb/studies/${NOT_THERE}`;

  it('comes back to who could see it, with its labels', async () => {
    const { whole, sender } = archives();
    await sender.store([at(NOT_THERE)]);
    expect((await sender.fetch(path, { method: 'DELETE' })).status).toBe(204);
    expect((await sender.fetch(path)).status).toBe(410);
    expect((await sender.fetch(`${path}/restore`, { method: 'POST' })).status).toBe(204);
    expect((await sender.fetch(path)).status).toBe(200);
    const row = await env.DB.prepare('SELECT stored_by, labels FROM study').first();
    expect(row).toEqual({ stored_by: SENDER, labels: '["clinic"]' });
    expect(await env.DB.prepare('SELECT count(*) AS n FROM removed_study').first('n')).toBe(0);
    expect(await whole.json('/dicomweb/studies')).toHaveLength(1);
  });

  it('does not come to who stores another one under its UID', async () => {
    const { whole, sender } = archives();
    await whole.store([at(NOT_THERE, { sop: '7.7' })]);
    await whole.fetch(path, { method: 'DELETE' });
    expect((await sender.fetch(path)).status).toBe(404);
    await sender.store([at(NOT_THERE)]);
    expect((await sender.fetch(`${path}/restore`, { method: 'POST' })).status).toBe(404);
    expect((await whole.fetch(`${path}/restore`, { method: 'POST' })).status).toBe(409);
    expect(await sender.json(`${path}/instances`)).toHaveLength(1);
    // What the sender deletes is its own, and so is what comes back.
    await sender.fetch(path, { method: 'DELETE' });
    expect((await sender.fetch(path)).status).toBe(410);
    expect((await sender.fetch(`${path}/restore`, { method: 'POST' })).status).toBe(204);
    expect(await sender.json(`${path}/instances`)).toHaveLength(1);
  });
});
