import { env } from 'cloudflare:workers';
import { compactSeries } from '../../../src/archive/metadata/compact';
import { CLAIM_MS, KEPT_MS, moveStep } from '../../../src/archive/moves/move-studies';
import type { Archive } from '../../../src/archive/ports';
import { reindex } from '../../../src/archive/search-attributes/reindex';
import { parseConfig } from '../../../src/config';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { comments, slice } from '../files/samples';
import { skipTime } from '../time/skipped-time';
import { DATABASES, type SpanningClient, spanningClient } from './several-databases';

/** The studies of the archive, one of each kind of history. */
const STUDIES = 9;

export const studyUID = (study: number) => `1.2.826.0.1.3680043.10.77.${study}`;

/** A file of an instance, by the numbers of its study, series and itself. */
export function fileOf(study: number, series: number, instance: number, seed = 1): Uint8Array {
  const uid = studyUID(study);
  return slice({
    study: uid,
    series: `${uid}.${series}`,
    sop: `${uid}.${series}.${instance}`,
    instanceNumber: instance,
    seed,
    rows: 2,
    columns: 2,
    elements: [
      // Every third has metadata that is an object in the bucket.
      ...(study % 3 === 0 ? [comments(6000)] : []),
      [0x00080020, 'DA', `202403${10 + ((study * 7) % 20)}`],
      [0x00080060, 'CS', ['CT', 'MR'][series % 2]!],
      [0x00080090, 'PN', study % 2 === 0 ? 'Adams^John' : 'Galle^Johann'],
      [0x00100010, 'PN', `Patient^${study}`],
      [0x00100020, 'LO', `P${study % 4}`],
      [0x00180060, 'DS', String(80.1 + study)],
    ],
  });
}

const VARIABLES = { SEARCH_ATTRIBUTES: 'KVP', RETENTION_DAYS: '30' };

/** A client of the archive with its three databases. */
export const clientOf = (over?: Parameters<typeof spanningClient>[3]): SpanningClient =>
  spanningClient(DATABASES.many, VARIABLES, undefined, over);

/** Fills an archive that grows from one database to three, and waits until its studies may be moved. */
export async function storeAll(): Promise<void> {
  const send = async (client: SpanningClient, method: string, path: string, body?: unknown) => {
    const headers = { 'Content-Type': 'application/json' };
    const { status } = await client.fetch(path, {
      method,
      ...(body !== undefined && { headers, body: JSON.stringify(body) }),
    });
    if (status >= 300) throw new Error(`${method} ${path} is answered ${status}`);
  };
  for (let study = 1; study <= STUDIES; study += 1) {
    const client = spanningClient(DATABASES.many.slice(0, study <= 6 ? 1 : study <= 8 ? 2 : 3), VARIABLES);
    await client.store([fileOf(study, 1, 1), fileOf(study, 1, 2), fileOf(study, 2, 1)]);
    await client.store([fileOf(study, 1, 3)]);
    const of = `/dicomweb/studies/${studyUID(study)}`;
    if (study % 6 === 2)
      await send(client, 'DELETE', `${of}/series/${studyUID(study)}.1/instances/${studyUID(study)}.1.2`);
    if (study === 3) {
      const series = { studyInstanceUID: studyUID(3), seriesInstanceUID: `${studyUID(3)}.1` };
      await compactSeries(client.archive, series, DEFAULT_LIMITS, Date.now() + 60_000);
      await send(client, 'PUT', `${of}/hold`, { reason: 'case 12' });
    }
    if (study === 4) await send(client, 'PUT', `${of}/labels`, ['trial']);
    if (study === 5) await client.store([fileOf(5, 1, 1, 2)]);
    if (study === 6) await send(client, 'DELETE', of);
  }
  const { archive } = clientOf();
  const { searchAttributes } = parseConfig(VARIABLES);
  while ((await reindex(archive, searchAttributes, Date.now())).unfinished);
  skipTime(2 * 60 * 60 * 1000);
}

/** What clients ask of the archive: its lists by several keys, pages and totals, and all of each study. */
export function questions(): string[] {
  const keys = ['', 'PatientID=P1', 'PatientName=patient*', 'StudyDate=20240310-20240318', 'Modality=MR', 'KVP=82.1'];
  const named = `StudyInstanceUID=${[1, 4, 7, 9].map(studyUID).join(',')}`;
  const lists = ['studies', 'series', 'instances'].flatMap((level) => [
    ...keys.map((key) => `/dicomweb/${level}?${key}&limit=100&includefield=all&count=true`),
    `/dicomweb/${level}?limit=3&offset=2`,
    `/dicomweb/${level}?${named}&orderby=PatientName&count=true`,
  ]);
  const studies = Array.from({ length: STUDIES }, (_, at) => studyUID(at + 1)).flatMap((uid) => {
    const of = `/dicomweb/studies/${uid}`;
    return [
      ...['', '/metadata', '/series', '/instances', '/labels', '/hold'].map((path) => of + path),
      `${of}/series/${uid}.1/instances/${uid}.1.1/frames/1`,
      `${of}/series/${uid}.1/instances/${uid}.1.2/metadata`,
    ];
  });
  return [...lists, ...studies, '/statistics'];
}

/** The answers to all questions: what a client can tell apart. */
export async function answers(client: SpanningClient, paths = questions()): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const path of paths) {
    const response = await client.fetch(path);
    const { status, headers } = response;
    const type = headers.get('Content-Type') ?? '';
    const boundary = /boundary="?([^";]+)/.exec(type)?.[1];
    const body = new TextDecoder('latin1').decode(await response.arrayBuffer());
    // The sizes of the databases change, and only an administrator is told.
    const text = path === '/statistics' ? body.replace(/"databases":\[[^\]]*\]/, '') : body;
    const names = ['ETag', 'Warning', 'X-Total-Count', 'Link', 'Last-Modified'] as const;
    found[path] = {
      status,
      type: type.replace(/boundary=.*/, ''),
      body: boundary === undefined ? text : text.replaceAll(boundary, 'boundary'),
      ...Object.fromEntries(names.map((name) => [name, headers.get(name)])),
    };
  }
  return found;
}

/** Carries an order out to its end, as the queue does. @param between is called after each step */
export async function moveAll(archive: Archive, between: () => Promise<void> = async () => undefined): Promise<void> {
  for (let step = 0; ; step += 1) {
    if (step > 40) throw new Error('the moves do not end');
    if ((await moveStep(archive, Date.now())) === undefined) break;
    await between();
    // First the claims become old enough, and then the rows that were left behind.
    skipTime(step === 0 ? CLAIM_MS : KEPT_MS);
  }
}

/** The keys of all files and metadata of the archive in the bucket. */
export async function allObjects(): Promise<string[]> {
  const { objects } = await env.BUCKET.list({ prefix: 'many/' });
  return objects.map(({ key }) => key).filter((key) => /\/(instances|metadata)\//.test(key));
}
