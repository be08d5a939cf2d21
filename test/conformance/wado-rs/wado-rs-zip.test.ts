import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;
const ZIP = 'application/zip';
const JPEG_LS = '1.2.840.10008.1.2.4.80';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const get = (path: string, headers: Record<string, string> = { Accept: ZIP }) => archive.fetch(path, { headers });

/** Two series; the first file is longer than one read of an object. */
async function stored(): Promise<Record<string, Uint8Array>> {
  const files = {
    '1.2.3.4.0/1.2.3.4.1.dcm': slice({ rows: 512, columns: 700 }),
    '1.2.3.4.0/1.2.3.4.2.dcm': slice({
      sop: '1.2.3.4.2',
      transferSyntaxUID: JPEG_LS,
      fragments: [Uint8Array.of(1, 2)],
    }),
    '1.2.3.4.9/1.2.3.4.3.dcm': slice({ sop: '1.2.3.4.3', series: '1.2.3.4.9' }),
  };
  expect((await archive.store(Object.values(files))).status).toBe(200);
  return files;
}

describe('PS3.18 8.6.1.3 instances as application/zip', () => {
  it('of a study, a series, an instance: each file as stored, under its UIDs', async () => {
    const files = Object.entries(await stored());
    for (const [path, count, name] of [
      [STUDY, 3, '1.2.3.4.zip'],
      [SERIES, 2, '1.2.3.4.0.zip'],
      [INSTANCE, 1, '1.2.3.4.1.zip'],
    ] as const) {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('Content-Type')).toBe(ZIP);
      expect(response.headers.get('Content-Disposition')).toBe(`attachment; filename="${name}"`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect(bytes).toHaveLength(Number(response.headers.get('Content-Length')));
      expect(unzipSync(bytes)).toEqual(Object.fromEntries(files.slice(0, count)));
    }
  });

  it('the CRC of each file, kept since it was stored, in its header', async () => {
    const files = await stored();
    const bytes = new Uint8Array(await (await get(STUDY)).arrayBuffer());
    const text = new TextDecoder('latin1').decode(bytes);
    const found = [...text.matchAll(/PK\x01\x02/g)].map(({ index }) =>
      new DataView(bytes.buffer).getUint32(index + 16, true),
    );
    expect(found).toEqual(Object.values(files).map(crcBitByBit));
    expect(text.match(/PK\x07\x08/g)).toBeNull();
  });

  it('is one R2 read a file', async () => {
    await stored();
    const before = archive.operations.r2Reads.length;
    await get(STUDY);
    expect(archive.operations.r2Reads.length - before).toBe(3);
  });

  it('only for a client that asks for it; by the transfer syntax that is named', async () => {
    await stored();
    for (const accept of [
      '*/*',
      'multipart/related; type="application/dicom"; transfer-syntax=*, application/zip;q=0.5',
    ]) {
      expect((await get(STUDY, { Accept: accept })).headers.get('Content-Type'), accept).toMatch(/^multipart/);
    }
    for (const [path, syntax, status] of [
      [STUDY, '*', 200],
      [STUDY, JPEG_LS, 406],
      [`${SERIES}/instances/1.2.3.4.2`, JPEG_LS, 200],
    ] as const) {
      expect((await get(path, { Accept: `${ZIP}; transfer-syntax=${syntax}` })).status, syntax).toBe(status);
    }
    expect((await archive.fetch(`${STUDY}?accept=${ZIP}`)).headers.get('Content-Type')).toBe(ZIP);
    expect((await get('/dicomweb/studies/9')).status).toBe(404);
  });
});

describe('RFC 9110 13 and 14 application/zip', () => {
  it('strong ETag, 304, HEAD, and ranges', async () => {
    await stored();
    const response = await get(STUDY);
    const etag = response.headers.get('ETag') ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    expect((await get(STUDY, { Accept: '*/*' })).headers.get('ETag')).not.toBe(etag);
    expect((await get(STUDY, { Accept: ZIP, 'If-None-Match': etag })).status).toBe(304);
    const head = await archive.fetch(STUDY, { method: 'HEAD', headers: { Accept: ZIP } });
    expect(head.headers.get('Content-Length')).toBe(response.headers.get('Content-Length'));
    expect(await head.text()).toBe('');
    const whole = await response.arrayBuffer();
    expect(response.headers.get('Accept-Ranges')).toBe('bytes');
    for (const [from, to] of [
      [10, 19],
      [60, 700_000],
      [whole.byteLength - 300, whole.byteLength - 1],
    ] as const) {
      const ranged = await get(STUDY, { Accept: ZIP, Range: `bytes=${from}-${to}`, 'If-Range': etag });
      expect(ranged.status).toBe(206);
      expect(ranged.headers.get('Content-Range')).toBe(`bytes ${from}-${to}/${whole.byteLength}`);
      expect(await ranged.arrayBuffer()).toEqual(whole.slice(from, to + 1));
    }
    expect((await get(STUDY, { Accept: ZIP, Range: 'bytes=99999999-' })).status).toBe(416);
  });
});

function crcBitByBit(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}
