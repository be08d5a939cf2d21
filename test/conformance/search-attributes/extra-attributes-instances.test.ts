import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { count, drain, SOME_ATTRIBUTES, search, storeSeries } from '../../support/archive/extra-archive';
import { withArchive } from '../../support/archive/with-archive';
import { type WorkerClient, workerClient } from '../../support/clients/worker-client';
import type { Element } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

withArchive();

describe('studies stored before the index had a column', () => {
  it('are found by it after the job has run', async () => {
    await env.DB.batch(
      Array.from({ length: 250 }, (_, at) => {
        const name = at === 7 ? 'Smith^John' : `Family${at}^Given`;
        const study = {
          '00080020': { vr: 'DA', Value: ['20240131'] },
          '00100010': { vr: 'PN', Value: [{ Alphabetic: name }] },
          '00100030': { vr: 'DA', Value: [`19700${1 + (at % 9)}01`] },
        };
        const series = { '0008103E': { vr: 'LO', Value: [`Series ${at}`] } };
        return [
          env.DB.prepare(
            `INSERT INTO study (study_instance_uid, study_date, patient_name, attributes, created_at, updated_at)
            VALUES (?, '20240131', ?, ?, 0, 0)`,
          ).bind(`1.2.${at}`, name.toLowerCase().replace('^', ' '), JSON.stringify(study)),
          env.DB.prepare(
            `INSERT INTO series (study_id, series_instance_uid, attributes, created_at, updated_at)
            SELECT id, ?, ?, 0, 0 FROM study WHERE study_instance_uid = ?`,
          ).bind(`1.3.${at}`, JSON.stringify(series), `1.2.${at}`),
        ];
      }).flat(),
    );
    // Like a migration that adds columns.
    await env.DB.prepare('INSERT INTO description_position VALUES (1, 0)').run();
    const client = workerClient({});
    const fuzzy = 'studies?PatientName=smyth&fuzzymatching=true';
    expect((await search(client, 'studies?PatientName=Smith*')).found).toBe(1);
    expect((await search(client, fuzzy)).found).toBe(0);
    await client.scheduled();
    expect(await drain(client)).toBe(1);
    expect((await search(client, fuzzy)).found).toBe(1);
    expect((await search(client, 'studies?PatientBirthDate=19700301')).found).toBe(28);
    expect((await search(client, 'series?SeriesDescription=*ries 77')).found).toBe(1);
    expect(await count('description_position')).toBe(0);
    await client.scheduled();
    expect(client.queued).toEqual([]);
  });
});

describe('values follow the instances', () => {
  const CONFIGURED = { SEARCH_ATTRIBUTES: SOME_ATTRIBUTES, DUPLICATES: 'replace' };

  async function configured(): Promise<WorkerClient> {
    const client = workerClient(CONFIGURED);
    await client.fetch('/dicomweb/studies');
    await drain(client);
    return client;
  }

  it('an instance sent again adds nothing', async () => {
    const client = await configured();
    await storeSeries(client, 0, 3);
    const held = await count('attribute_value');
    await storeSeries(client, 0, 3);
    expect(await count('attribute_value')).toBe(held);
  });

  it('values that one request cannot hold are read again from the metadata', async () => {
    const creator = '(0019,xx@@,"ACME 1.1"):UC';
    const list = ['20', '21', '22', '23', '24'].map((element) => creator.replace('@@', element)).join();
    const client = workerClient({ SEARCH_ATTRIBUTES: list });
    await client.fetch('/dicomweb/studies');
    await drain(client);
    const long = (at: number, element: number) =>
      Array.from({ length: 60 }, (_, place) => `${at}-${element}-${place}-`.padEnd(1000, 'x')).join('\\');
    const files = Array.from({ length: 20 }, (_, at) =>
      slice({
        sop: `1.2.3.4.${at}`,
        rows: 2,
        columns: 2,
        elements: [
          [0x00190010, 'LO', 'ACME 1.1'],
          ...[0, 1, 2, 3, 4].map((element): Element => [0x00191020 + element, 'UC', long(at, element)]),
        ],
      }),
    );
    expect((await client.store(files)).status).toBe(200);
    expect(await count('attribute_value')).toBeLessThan(20 * 300);
    expect((await search(client, 'instances?00191024=19-4-59-*')).warning).toMatch(/being indexed/);
    await env.DB.prepare('UPDATE search_attribute SET updated_at = updated_at - 3600000').run();
    await client.scheduled();
    await drain(client);
    expect(await search(client, 'instances?00191024=19-4-59-*')).toEqual({ found: 1, warning: null });
    expect(await count('attribute_value')).toBe(20 * 300);
  });

  it('values of an instance are deleted and restored with it', async () => {
    const client = await configured();
    await storeSeries(client, 0, 2);
    await storeSeries(client, 1, 2);
    const held = await count('attribute_value');
    const [instance, study] = [
      '/dicomweb/studies/1.2.9.0/series/1.2.9.0.0/instances/1.2.9.0.0.1',
      '/dicomweb/studies/1.2.9.0',
    ];
    expect((await client.fetch(instance, { method: 'DELETE' })).status).toBe(204);
    expect((await search(client, 'instances?KVP=81')).found).toBe(1);
    expect((await client.fetch(study, { method: 'DELETE' })).status).toBe(204);
    expect(await count('attribute_value')).toBe(0);
    expect((await client.fetch(`${study}/restore`, { method: 'POST' })).ok).toBe(true);
    await env.DB.prepare('UPDATE search_attribute SET updated_at = updated_at - 3600000').run();
    await client.scheduled();
    await drain(client);
    expect(await search(client, 'instances?KVP=81')).toEqual({ found: 2, warning: null });
    expect((await search(client, 'studies?PatientAge=050Y')).found).toBe(1);
    expect(await count('attribute_value')).toBe(held);
  });

  it('replaced, it has the new values and not the old', async () => {
    const client = await configured();
    await storeSeries(client, 0, 2);
    const other = slice({
      study: '1.2.9.0',
      series: '1.2.9.0.0',
      sop: '1.2.9.0.0.1',
      rows: 2,
      columns: 2,
      elements: [
        [0x00180060, 'DS', '140'],
        [0x00101010, 'AS', '099Y'],
      ],
    });
    expect((await client.store([other])).status).toBe(200);
    expect((await search(client, 'instances?KVP=81')).found).toBe(0);
    expect((await search(client, 'instances?KVP=140')).found).toBe(1);
    expect((await search(client, 'studies?PatientAge=099Y')).found).toBe(1);
    expect((await search(client, 'studies?PatientAge=050Y')).found).toBe(0);
  });
});
