import { expect } from 'vitest';
import { compactSeries } from '../../../src/archive/metadata/compact';
import type { Archive } from '../../../src/archive/ports';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { type ArchiveClient, archiveClient } from '../clients/archive-client';
import { DEFLATED } from '../files/part10';
import { comments, slice } from '../files/samples';

export const SETTINGS = { ...DEFAULT_LIMITS, ...DEFAULT_DUPLICATES };

export const STUDIES = 12;

/** Longer than it takes until a series counts as at rest, milliseconds. */
const AT_REST = 600_000;

export const study = (n: number) => `1.2.3.${n}`;

export const file = (n: number, sop: number, seed = 1) =>
  slice({
    study: study(n),
    series: `${study(n)}.${sop % 2}`,
    sop: `${study(n)}.9.${sop}`,
    instanceNumber: sop,
    seed,
    elements: [
      [0x00080020, 'DA', `202401${String(10 + n)}`],
      [0x00100010, 'PN', `Name${n}^Given`],
      comments(n === 3 ? 6000 : 10, sop),
    ],
    ...(sop === 4 && { transferSyntaxUID: DEFLATED }),
  });

/** An archive with a history: merged, replaced, kept aside, deleted, restored, labelled, and purged. */
export async function archiveWithHistory(): Promise<{ client: ArchiveClient; archive: Archive }> {
  const client = archiveClient({ DUPLICATES: 'keep' });
  const replacing = archiveClient({ DUPLICATES: 'replace' }, () => client.bindings, client.prefix);
  const archive = openArchive(client.prefix, client.bindings);
  await beginArchive(archive, Date.now());
  for (let n = 1; n <= STUDIES; n += 1) {
    await client.store([1, 2, 3, 4].map((sop) => file(n, sop)));
    await client.store([5, 6].map((sop) => file(n, sop)));
  }
  // Segments that are merged as a whole.
  for (const first of [101, 121]) await client.store(Array.from({ length: 9 }, (_, at) => file(3, first + 2 * at)));
  const merged = { studyInstanceUID: study(3), seriesInstanceUID: `${study(3)}.1` };
  await compactSeries(archive, merged, DEFAULT_LIMITS, Date.now() + AT_REST);
  await client.store([file(1, 1, 7)]);
  await replacing.store([file(2, 2, 8)]);
  const act = async (path: string, method: string, body?: unknown) => {
    const response = await client.fetch(`/dicomweb/studies/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
    expect(response.ok, `${method} ${path}`).toBe(true);
  };
  await act(study(4), 'DELETE');
  await act(`${study(5)}/series/${study(5)}.1`, 'DELETE');
  await act(`${study(6)}/series/${study(6)}.0/instances/${study(6)}.9.2`, 'DELETE');
  await act(study(7), 'DELETE');
  await act(`${study(7)}/restore`, 'POST');
  await act(`${study(8)}/labels`, 'PUT', ['trial', 'urgent']);
  await act(study(STUDIES), 'DELETE');
  return { client, archive };
}

/** Everything that a client can see of the archive: answers of all kinds, with their status and entity tags. */
export async function seen(client: ArchiveClient): Promise<Record<string, unknown>> {
  const paths = ['studies', 'series', 'instances'].flatMap((level) => [
    `${level}?limit=1000&includefield=all`,
    `${level}?limit=3&offset=2`,
    `${level}?PatientName=name*&fuzzymatching=true&limit=500`,
    `${level}?StudyDate=20240112-20240118&limit=500`,
  ]);
  for (let n = 1; n <= STUDIES; n += 1) {
    const at = `studies/${study(n)}`;
    paths.push(at, `${at}/metadata`, `${at}/labels`, `${at}/series?includefield=all`, `${at}/instances`);
    for (const sop of [1, 2, 3, 4]) {
      const of = `${at}/series/${study(n)}.${sop % 2}/instances/${study(n)}.9.${sop}`;
      paths.push(`${of}/metadata`, `${of}/frames/1`, of);
    }
  }
  const answers: Record<string, unknown> = {};
  for (const path of paths) {
    const response = await client.fetch(`/dicomweb/${path}`, {
      headers: {
        Accept: 'application/dicom+json, multipart/related; type="application/dicom"; transfer-syntax=*, */*;q=0.1',
      },
    });
    const body = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder('latin1').decode(body).replace(/--[\w-]{20,}/g, '--boundary');
    answers[path] = [response.status, response.headers.get('ETag'), response.headers.get('X-Total-Count'), text];
  }
  const statistics = await (await client.fetch('/statistics')).json<Record<string, unknown>>();
  // Objects that nothing needs are queued in the lost index; the sweeper finds them.
  // The sizes of databases differ.
  const { lastSweep: _, queuedDeletions: __, databases: ___, ...totals } = statistics;
  return { ...answers, totals };
}
