import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { DEFLATED, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE } from '../../support/files/part10';
import { type SliceOptions, slice } from '../../support/files/samples';

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const get = (path: string, Accept: string, headers: Record<string, string> = {}) =>
  archive.fetch(path, { headers: { Accept, ...headers } });

/**
 * The data set of a file, which follows the file meta information; the first element of the latter says how long it is.
 */
function dataSetOf(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset);
  return file.subarray(128 + 4 + 12 + view.getUint32(128 + 4 + 8, true));
}

function transferSyntaxIn(file: Uint8Array): string {
  const text = new TextDecoder('latin1').decode(file.subarray(0, 600));
  const at = text.indexOf('\x02\x00\x10\x00UI');
  const length = text.charCodeAt(at + 6);
  return text.slice(at + 8, at + 8 + length).replace('\0', '');
}

const LARGE: SliceOptions = { rows: 64, columns: 64 };
const NATIVE = [
  ['implicit', IMPLICIT_LITTLE],
  ['big-endian', EXPLICIT_BIG],
  ['deflated', DEFLATED],
] as const;

describe('PS3.18 8.7.3.2 transfer syntax of native instances', () => {
  it.each(NATIVE)('%s is sent as explicit little-endian, element for element', async (_, transferSyntaxUID) => {
    for (const [at, size] of [LARGE, {}].entries()) {
      const options = { ...size, sop: `1.2.3.4.${at}` };
      await archive.store([slice({ ...options, transferSyntaxUID })]);
      for (const accept of ['application/dicom', `application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`]) {
        const response = await get(`${SERIES}/instances/${options.sop}`, accept);
        expect(response.headers.get('Content-Type')).toBe(`application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`);
        const file = new Uint8Array(await response.arrayBuffer());
        expect(response.headers.get('Content-Length')).toBe(String(file.length));
        expect(transferSyntaxIn(file)).toBe(EXPLICIT_LITTLE);
        expect(dataSetOf(file)).toEqual(dataSetOf(slice(options)));
      }
    }
  });

  it.each(NATIVE)('%s as stored for a client that asks for it', async (_, transferSyntaxUID) => {
    const file = slice({ ...LARGE, transferSyntaxUID });
    await archive.store([file]);
    for (const syntax of ['*', transferSyntaxUID]) {
      const response = await get(INSTANCE, `application/dicom; transfer-syntax=${syntax}`);
      expect(response.headers.get('Content-Type')).toBe(`application/dicom; transfer-syntax=${transferSyntaxUID}`);
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(file);
    }
  });

  it('each part of a study names its transfer syntax', async () => {
    const files = [IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG].map((transferSyntaxUID, at) =>
      slice({ ...LARGE, sop: `1.2.3.4.${at + 1}`, seed: at, transferSyntaxUID }),
    );
    await archive.store(files);
    const response = await get(STUDY, 'multipart/related; type="application/dicom"');
    expect(response.headers.get('Content-Length')).toBeNull();
    const parts = await partsOf(response);
    expect(parts.map(({ headers }) => headers['Content-Type'])).toEqual(
      Array(3).fill(`application/dicom; transfer-syntax=${EXPLICIT_LITTLE}`),
    );
    for (const [at, { body }] of parts.entries()) {
      expect(dataSetOf(body)).toEqual(dataSetOf(slice({ ...LARGE, sop: `1.2.3.4.${at + 1}`, seed: at })));
    }
    const stored = await partsOf(await get(STUDY, 'multipart/related; type="application/dicom"; transfer-syntax=*'));
    expect(stored.map(({ body }) => body)).toEqual(files);
  });

  it('ranges, HEAD and entity tags of a converted instance', async () => {
    await archive.store([slice({ ...LARGE, transferSyntaxUID: EXPLICIT_BIG })]);
    const whole = await get(INSTANCE, 'application/dicom');
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const etag = whole.headers.get('ETag')!;
    const stored = await get(INSTANCE, 'application/dicom; transfer-syntax=*');
    expect(etag).not.toBe(stored.headers.get('ETag'));
    const part = await get(INSTANCE, 'application/dicom', { Range: 'bytes=700-4999' });
    expect(part.status).toBe(206);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.subarray(700, 5000));
    expect((await get(INSTANCE, 'application/dicom', { 'If-None-Match': etag })).status).toBe(304);
    const head = await archive.fetch(INSTANCE, { method: 'HEAD', headers: { Accept: 'application/dicom' } });
    expect(head.headers.get('Content-Length')).toBe(String(bytes.length));
  });
});

describe('PS3.18 8.7.5 acceptable media types', () => {
  it('400 for DICOM and rendered media types together', async () => {
    await archive.store([slice()]);
    for (const path of [STUDY, INSTANCE, `${INSTANCE}/frames/1`, `${INSTANCE}/rendered`, `${INSTANCE}/metadata`]) {
      for (const rendered of ['image/png', 'image/jpeg', 'text/html', 'image/gif;q=0.1']) {
        expect((await get(path, `application/dicom, ${rendered}`)).status, `${path} ${rendered}`).toBe(400);
      }
    }
    // JPEG in parts, or with a transfer syntax, means the stored form of frames.
    const both = `application/dicom, multipart/related; type="image/jpeg", image/jpeg; transfer-syntax=${EXPLICIT_LITTLE}`;
    expect((await get(INSTANCE, both)).status).toBe(200);
  });
});
