import { describe, expect, it } from 'vitest';
import { LAYOUT_CACHE_MS } from '../../../src/archive/retrieve/cache-limits';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN } from '../../support/clients/archive-client';
import { INSTANCE, OCTETS, RESOURCES, SERIES, STUDY, version } from '../../support/clients/cached-resources';
import { PrivateCache } from '../../support/clients/private-cache';
import { comments, slice } from '../../support/files/samples';
import { reset as forget } from '../../support/platform/counting';
import { skipTime } from '../../support/time/skipped-time';

const one = version(1);
const two = version(2);
let archive: ArchiveClient;
withArchive();

const of = async ([path, Accept]: readonly [string, string]) => archive.fetch(path, { headers: { Accept } });
const post = async (path: string) => (await archive.fetch(path, { method: 'POST' })).status;
const remove = async (path: string) => (await archive.fetch(path, { method: 'DELETE' })).status;

/** The answer for each resource from an archive that has only ever stored this file. */
async function answersOf(file: Uint8Array): Promise<Map<string, Uint8Array>> {
  const other = archiveClient();
  await other.store([file]);
  const answers = new Map<string, Uint8Array>();
  for (const [path, Accept] of RESOURCES) {
    const response = await other.fetch(path, { headers: { Accept } });
    expect(response.status, path).toBe(200);
    answers.set(`${path} ${Accept}`, withoutBoundary(response, new Uint8Array(await response.arrayBuffer())));
  }
  await emptyArchive();
  return answers;
}

/** A boundary is made from the name of the version, which differs between archives. */
function withoutBoundary(response: Response, bytes: Uint8Array): Uint8Array {
  const boundary = /boundary="?([^";]+)/.exec(response.headers.get('Content-Type') ?? '')?.[1];
  if (boundary === undefined) return bytes;
  const text = new TextDecoder('latin1').decode(bytes).replaceAll(boundary, '=');
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

describe('RFC 9111 5.2: what a client may keep', () => {
  for (const policy of ['reject', 'keep', 'replace']) {
    it(`is revalidated each time, and depends on the Accept header: DUPLICATES=${policy}`, async () => {
      archive = archiveClient({ DUPLICATES: policy });
      await archive.store([one]);
      for (const resource of RESOURCES) {
        const response = await of(resource);
        const name = resource.join(' ');
        expect(response.status, name).toBe(200);
        expect(response.headers.get('Cache-Control'), name).toBe('private, no-cache');
        expect(response.headers.get('ETag'), name).toMatch(/^"[\x21\x23-\x7e]+"$/);
        expect(response.headers.get('Vary'), name).toContain('Accept');
      }
    });
  }
});

describe('a browser that keeps every answer it may keep never shows pixels that the URI no longer names', () => {
  const ORDERS: Record<string, { policy: string; change(): Promise<void>; before: Uint8Array; after: Uint8Array }> = {
    'DELETE, then other content under the same UIDs': {
      policy: 'reject',
      before: one,
      after: two,
      async change() {
        expect(await remove(STUDY)).toBe(204);
        expect((await archive.store([two])).status).toBe(200);
      },
    },
    'DELETE of the instance, other content, under keep': {
      policy: 'keep',
      before: one,
      after: two,
      async change() {
        expect(await remove(INSTANCE)).toBe(204);
        expect((await archive.store([two])).status).toBe(200);
      },
    },
    'a version that was kept aside, restored under keep': {
      policy: 'keep',
      before: one,
      after: two,
      async change() {
        expect((await archive.store([two])).status).toBe(202);
        expect(await post(`${INSTANCE}/restore`)).toBe(204);
      },
    },
    'replaced under replace': {
      policy: 'replace',
      before: one,
      after: two,
      async change() {
        expect((await archive.store([two])).status).toBe(200);
      },
    },
    'replaced, and the version before restored': {
      policy: 'replace',
      before: one,
      after: one,
      async change() {
        expect((await archive.store([two])).status).toBe(200);
        expect(await post(`${INSTANCE}/restore`)).toBe(204);
      },
    },
  };

  for (const [name, { policy, before, after, change }] of Object.entries(ORDERS)) {
    it(name, async () => {
      const expected = await answersOf(after);
      archive = archiveClient({ DUPLICATES: policy });
      const browser = new PrivateCache((url, init) => archive.fetch(url.slice(ORIGIN.length), init));
      const show = async ([path, Accept]: readonly [string, string]) => {
        const response = await browser.fetch(ORIGIN + path, { Accept });
        expect(response.status, path).toBe(200);
        return withoutBoundary(response, new Uint8Array(await response.arrayBuffer()));
      };
      expect((await archive.store([before])).status).toBe(200);
      for (const resource of RESOURCES) await show(resource);
      await change();
      for (const resource of RESOURCES) {
        expect(await show(resource), resource.join(' ')).toEqual(expected.get(resource.join(' ')));
      }
      // When the browser shows the copy that it has, nothing is sent again.
      const sent = browser.transferred;
      for (const resource of RESOURCES) await show(resource);
      expect(browser.transferred - sent).toBeLessThanOrEqual(RESOURCES_THAT_SHARE_A_URL);
    });
  }

  /** A browser keeps one answer for each URL, so the three forms of the frame replace each other. */
  const RESOURCES_THAT_SHARE_A_URL = 3;

  it('deleted: nothing is shown any more', async () => {
    archive = archiveClient();
    const browser = new PrivateCache((url, init) => archive.fetch(url.slice(ORIGIN.length), init));
    await archive.store([one]);
    for (const [path, Accept] of RESOURCES) await browser.fetch(ORIGIN + path, { Accept });
    expect(await remove(STUDY)).toBe(204);
    for (const [path, Accept] of RESOURCES) {
      expect((await browser.fetch(ORIGIN + path, { Accept })).status, path).toBe(410);
    }
  });
});

describe('metadata that the isolate has sent before', () => {
  const read = async (path: string) => {
    forget(archive.operations);
    const response = await archive.fetch(`${path}/metadata`);
    const { d1, r2Reads } = archive.operations;
    return { status: response.status, text: await response.text(), d1, r2Reads: r2Reads.length };
  };

  it('is sent again after one question to the index, the same to the letter', async () => {
    archive = archiveClient();
    // Metadata that is too long for the index is read from the bucket.
    await archive.store([slice({ elements: [comments(6000)] })]);
    const first = await read(SERIES);
    expect(first).toMatchObject({ status: 200, d1: 1, r2Reads: 1 });
    expect(await read(SERIES)).toEqual({ ...first, r2Reads: 0 });
    expect(JSON.parse(first.text)).toHaveLength(1);
  });

  it('is not sent when another instance has been stored or removed, also by another isolate', async () => {
    archive = archiveClient();
    const other = archiveClient({}, () => archive.bindings, archive.prefix);
    await archive.store([one]);
    const alone = await read(SERIES);
    await other.store([slice({ sop: '1.2.3.4.2' })]);
    expect(JSON.parse((await read(SERIES)).text)).toHaveLength(2);
    await other.fetch(`${SERIES}/instances/1.2.3.4.2`, { method: 'DELETE' });
    expect((await read(SERIES)).text).toBe(alone.text);
    await other.fetch(STUDY, { method: 'DELETE' });
    expect((await read(SERIES)).status).toBe(410);
  });
});

describe('two isolates of one deployment', () => {
  it('what one has deleted and stored again, the other shows within two seconds, and from then on', async () => {
    const first = archiveClient();
    const second = archiveClient({}, () => first.bindings, first.prefix);
    const frame = async (of: ArchiveClient, etag?: string) =>
      of.fetch(`${INSTANCE}/frames/1`, {
        headers: { Accept: OCTETS, ...(etag !== undefined && { 'If-None-Match': etag }) },
      });
    await first.store([one]);
    const old = await frame(second);
    const etag = old.headers.get('ETag') ?? '';
    await first.fetch(STUDY, { method: 'DELETE' });
    await first.store([two]);
    expect((await frame(first, etag)).status).toBe(200);
    skipTime(LAYOUT_CACHE_MS);
    const now = await frame(second, etag);
    expect(now.status).toBe(200);
    expect(new Uint8Array(await now.arrayBuffer())).toEqual(two.subarray(two.length - 512));
  });

  it('an instance that another isolate deleted and this one stores again is shown by this one at once', async () => {
    const first = archiveClient();
    const second = archiveClient({}, () => first.bindings, first.prefix);
    await first.store([one]);
    expect((await second.fetch(`${INSTANCE}/frames/1`)).status).toBe(200);
    await first.fetch(STUDY, { method: 'DELETE' });
    expect((await second.store([two])).status).toBe(200);
    expect(await second.bytes(`${INSTANCE}/frames/1`, OCTETS)).toEqual(two.subarray(two.length - 512));
  });

  it('an outdated row is not used with the attributes of the next version', async () => {
    const first = archiveClient({ DUPLICATES: 'replace' });
    const second = archiveClient({ DUPLICATES: 'replace' }, () => first.bindings, first.prefix);
    const inverted = slice({ seed: 1, elements: [[0x00280004, 'CS', 'MONOCHROME1']] });
    const shown = async () => await second.bytes(`${INSTANCE}/rendered`, 'image/png');
    await first.store([one]);
    const right = await shown();
    await first.store([inverted]);
    await first.fetch(`${INSTANCE}/restore`, { method: 'POST' });
    // A third isolate knows the row of the first version when the second version is stored.
    const third = archiveClient({ DUPLICATES: 'replace' }, () => first.bindings, first.prefix);
    expect((await third.fetch(`${INSTANCE}/frames/1`)).status).toBe(200);
    await first.store([inverted]);
    const mixed = await third.bytes(`${INSTANCE}/rendered?viewport=16,16`, 'image/png');
    await first.fetch(`${INSTANCE}/restore`, { method: 'POST' });
    skipTime(LAYOUT_CACHE_MS);
    expect(await third.bytes(`${INSTANCE}/rendered?viewport=16,16`, 'image/png')).not.toEqual(mixed);
    expect(await third.bytes(`${INSTANCE}/rendered`, 'image/png')).toEqual(right);
  });
});
