import { describe, expect, it } from 'vitest';
import { LAYOUT_CACHE_MS } from '../../../src/archive/retrieve/cache-limits';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN } from '../../support/clients/archive-client';
import { OCTETS, RESOURCES, SERIES, STUDY, version } from '../../support/clients/cached-resources';
import { PrivateCache } from '../../support/clients/private-cache';
import { slice } from '../../support/files/samples';
import { reset as forget } from '../../support/platform/counting';
import { skipTime } from '../../support/time/skipped-time';

const one = version(1);
let archive: ArchiveClient;
withArchive();

const of = async ([path, Accept]: readonly [string, string]) => archive.fetch(path, { headers: { Accept } });

describe('the cost of revalidation', () => {
  it('a viewer that is loaded again: one conditional request for each slice, and no slice is sent', async () => {
    const SLICES = 200;
    archive = archiveClient();
    const sops = Array.from({ length: SLICES }, (_, n) => `1.2.3.4.${n + 1}`);
    await archive.store(sops.map((sop, n) => slice({ sop, instanceNumber: n + 1, rows: 8, columns: 8 })));
    const isolate = archiveClient({}, () => archive.bindings, archive.prefix);
    const statuses: number[] = [];
    const browser = new PrivateCache(async (url, init) => {
      const response = await isolate.fetch(url.slice(ORIGIN.length), init);
      statuses.push(response.status);
      return response;
    });
    const load = async () => {
      forget(isolate.operations);
      statuses.length = 0;
      const ask = (path: string, Accept: string) => browser.fetch(ORIGIN + path, { Accept });
      await ask('/dicomweb/studies?StudyInstanceUID=1.2.3.4', 'application/dicom+json');
      await ask(`${STUDY}/series`, 'application/dicom+json');
      await ask(`${SERIES}/metadata`, 'application/dicom+json');
      const frame = (sop: string) => ask(`${SERIES}/instances/${sop}/frames/1`, `multipart/related; type="${OCTETS}"`);
      await Promise.all(sops.map(frame));
      const unchanged = statuses.filter((status) => status === 304).length;
      const { d1, r2Reads } = isolate.operations;
      return { requests: statuses.length, unchanged, d1, r2Reads: r2Reads.length };
    };
    expect(await load()).toEqual({ requests: SLICES + 3, unchanged: 0, d1: 4, r2Reads: SLICES + 1 });
    skipTime(LAYOUT_CACHE_MS);
    expect(await load()).toEqual({ requests: SLICES + 3, unchanged: SLICES + 3, d1: 4, r2Reads: 0 });
  });

  it('304 reads no object and makes at most one query of D1, in an isolate with empty caches', async () => {
    archive = archiveClient();
    await archive.store([one]);
    const tags = new Map<string, string>();
    for (const resource of RESOURCES) {
      tags.set(resource.join(' '), (await of(resource)).headers.get('ETag') ?? '');
    }
    for (const resource of RESOURCES) {
      const [path, Accept] = resource;
      const name = resource.join(' ');
      const fresh = archiveClient({}, () => archive.bindings, archive.prefix);
      const again = { headers: { Accept, 'If-None-Match': tags.get(name)! } };
      forget(fresh.operations);
      expect((await fresh.fetch(path, again)).status, name).toBe(304);
      expect(fresh.operations.r2Reads, name).toEqual([]);
      expect(fresh.operations.d1, name).toBeLessThanOrEqual(1);
    }
  });
});
