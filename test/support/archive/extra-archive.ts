import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { WorkerClient } from '../clients/worker-client';
import { slice } from '../files/samples';

/** Attributes that every instance of `storeSeries` has. */
export const SOME_ATTRIBUTES =
  'PatientAge, StationName, KVP, ProcedureCodeSequence.CodeValue, (0019,xx10,"ACME 1.1"):DS';

/** Instance `at` of series `series`; a study has ten series. */
function image(series: number, at: number, seed = 1): Uint8Array {
  const study = `1.2.9.${Math.floor(series / 10)}`;
  return slice({
    study,
    series: `${study}.${series}`,
    sop: `${study}.${series}.${at}`,
    rows: 2,
    columns: 2,
    seed,
    elements: [
      [0x00101010, 'AS', `0${50 + Math.floor(series / 10)}Y`],
      [0x00081010, 'SH', `STATION${series % 3}`],
      [0x00081032, 'SQ', [[[0x00080100, 'SH', `P${Math.floor(series / 10)}`]]]],
      [0x00180060, 'DS', String(80 + at)],
      [0x00190010, 'LO', 'ACME 1.1'],
      [0x00191010, 'DS', `${series}.0`],
    ],
  });
}

/** Stores instances of one series in one request. */
export async function storeSeries(client: WorkerClient, series: number, count: number, from = 0): Promise<void> {
  const files = Array.from({ length: count }, (_, at) => image(series, from + at));
  expect((await client.store(files)).status).toBe(200);
}

/** The unique identifiers that the search found, and the Warning. */
export async function search(client: WorkerClient, path: string): Promise<{ found: number; warning: string | null }> {
  const response = await client.fetch(`/dicomweb/${path}&limit=1000`);
  expect(response.status).toBe(200);
  return { found: ((await response.json()) as unknown[]).length, warning: response.headers.get('Warning') };
}

/** How far an attribute is indexed, as /search-attributes says. */
export interface Progress {
  attribute: string;
  level: string;
  vr: string;
  state: string;
  seriesDone: number;
  seriesTotal: number;
}

export async function progress(client: WorkerClient): Promise<Progress[]> {
  const response = await client.fetch('/dicomweb/search-attributes');
  expect(response.headers.get('Content-Type')).toBe('application/json');
  return await response.json();
}

/** Delivers until nothing is queued. @returns batches; copies of rows in the bucket do not count */
export async function drain(client: WorkerClient): Promise<number> {
  let batches = 0;
  while (client.queued.length > 0) {
    if (client.queued.some((message) => !('kind' in message && message.kind === 'snapshots'))) batches += 1;
    expect(await client.deliver()).toBe(0);
  }
  return batches;
}

/** Rows of a table. */
export const count = async (table: string) =>
  await env.DB.prepare(`SELECT count(*) FROM ${table}`).first<number>('count(*)');
