import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { BOUNDARY, related } from '../../support/clients/metadata-request';
import { ascii, type Element, joined } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const DICOM = 'Content-Type: application/dicom';
const items = (dataSet: DicomJson, tag: string) => (dataSet[tag]?.Value ?? []) as DicomJson[];
const reasons = (dataSet: DicomJson) =>
  ['00081198', '0008119A'].flatMap((tag) => items(dataSet, tag).map((item) => item['00081197']?.Value?.[0]));
const count = async () => (await archive.json('/dicomweb/instances')).length;
const objects = async () => (await archive.bindings.bucket.list()).objects.length;

/** A body without Content-Length, sent in pieces. */
function chunked(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

describe('RFC 9110 15.5.14 bytes of a request', () => {
  it('Content-Length over the limit is 413 before anything is read', async () => {
    archive = archiveClient({ MAX_REQUEST_BYTES: '1000' });
    const { headers, body } = multipart([slice()]);
    const response = await archive.fetch('/dicomweb/studies', {
      method: 'POST',
      headers: { ...headers, 'Content-Length': String(body.length) },
      body,
    });
    expect(response.status).toBe(413);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await objects()).toBe(0);
  });

  it('a chunked body over the limit: complete instances are kept, and the incomplete one is named', async () => {
    const files = [1, 2, 3].map((n) => slice({ sop: `1.2.3.4.${n}`, rows: 100, columns: 100 }));
    const { headers, body } = multipart(files);
    archive = archiveClient({ MAX_REQUEST_BYTES: String(Math.floor(body.length * 0.8)) });
    const init = { method: 'POST', headers, body: chunked(body, 7000) };
    const response = await archive.fetch('/dicomweb/studies', init);
    expect(response.status).toBe(413);
    const dataSet = (await response.json()) as DicomJson;
    expect(items(dataSet, '00081199').map((item) => item['00081155']?.Value?.[0])).toEqual(['1.2.3.4.1', '1.2.3.4.2']);
    expect(items(dataSet, '00081198').map((item) => item['00081155']?.Value?.[0])).toEqual(['1.2.3.4.3']);
    expect(reasons(dataSet)).toEqual([0xa700]);
    expect(response.headers.get('Warning')).toContain('POST /dicomweb/uploads');
    expect(await count()).toBe(2);
  });

  it('a single chunked instance over the limit', async () => {
    archive = archiveClient({ MAX_REQUEST_BYTES: '1000' });
    const init = { method: 'POST', headers: { 'Content-Type': 'application/dicom' }, body: chunked(slice(), 300) };
    const response = await archive.fetch('/dicomweb/studies', init);
    expect(response.status).toBe(413);
    expect(response.headers.get('Warning')).toContain('POST /dicomweb/uploads');
    expect(reasons(await response.json())).toEqual([0xa700]);
    expect(await objects()).toBe(0);
  });
});

describe('PS3.18 I.2.2 bytes of an instance', () => {
  it('an instance over the limit fails with A700H, and the others are kept, in any order', async () => {
    const long = slice({ sop: '1.2.3.4.9', rows: 100, columns: 100 });
    const good = [slice({ sop: '1.2.3.4.1' }), slice({ sop: '1.2.3.4.2' })];
    for (const files of [
      [long, ...good],
      [good[0]!, long, good[1]!],
      [...good, long],
    ]) {
      archive = archiveClient({ MAX_INSTANCE_BYTES: '10000' });
      const response = await archive.store(files);
      expect(response.status).toBe(202);
      const dataSet = (await response.json()) as DicomJson;
      expect(items(dataSet, '00081198').map((item) => item['00081155']?.Value?.[0])).toEqual(['1.2.3.4.9']);
      expect(reasons(dataSet)).toEqual([0xa700]);
      expect(await count()).toBe(2);
      await emptyArchive();
    }
  });

  it('413 with a dataset when there are no other instances', async () => {
    archive = archiveClient({ MAX_INSTANCE_BYTES: '1000' });
    const response = await archive.store([slice()]);
    expect(response.status).toBe(413);
    expect(reasons(await response.json())).toEqual([0xa700]);
    expect(await objects()).toBe(0);
  });

  it('sequences deeper than allowed', async () => {
    const nested = (depth: number): Element =>
      depth === 0 ? [0x00080104, 'LO', 'x'] : [0x00081115, 'SQ', [[nested(depth - 1)]]];
    archive = archiveClient({ MAX_NESTING_DEPTH: '3' });
    const files = [3, 4].map((depth) => slice({ sop: `1.2.3.4.${depth}`, elements: [nested(depth)] }));
    const dataSet = (await (await archive.store(files)).json()) as DicomJson;
    expect(items(dataSet, '00081199').map((item) => item['00081155']?.Value?.[0])).toEqual(['1.2.3.4.3']);
    expect(reasons(dataSet)).toEqual([0xa700]);
  });

  it('metadata longer than allowed', async () => {
    archive = archiveClient({ MAX_METADATA_CHARACTERS: '3000' });
    const long = slice({ sop: '1.2.3.4.2', elements: [[0x00104000, 'LT', 'x'.repeat(3000)]] });
    const dataSet = (await (await archive.store([slice(), long])).json()) as DicomJson;
    expect(items(dataSet, '00081199')).toHaveLength(1);
    expect(reasons(dataSet)).toEqual([0xa700]);
  });
});

describe('RFC 2046 5.1 parts of a request', () => {
  it('more parts than allowed: those before are kept, and the answer is 413', async () => {
    archive = archiveClient({ MAX_PARTS: '2' });
    const response = await archive.store([1, 2, 3, 4].map((n) => slice({ sop: `1.2.3.4.${n}` })));
    expect(response.status).toBe(413);
    // A resumable upload would not help.
    expect(response.headers.get('Warning') ?? '').not.toContain('uploads');
    const dataSet = (await response.json()) as DicomJson;
    expect(items(dataSet, '00081199')).toHaveLength(2);
    expect(reasons(dataSet)).toEqual([0xa700]);
    expect(await count()).toBe(2);
  });

  it.each([
    ['a header that is too long', [`X-Bomb: ${'x'.repeat(20_000)}`, DICOM]],
    ['too many header lines', [...Array.from({ length: 70 }, (_, n) => `X-${n}: 1`), DICOM]],
    ['a line that is not a header', ['no colon here', DICOM]],
  ])('%s costs its part alone, wherever it stands', async (_name, headers) => {
    const good = [1, 2].map((n) => ({ headers: [DICOM], body: slice({ sop: `1.2.3.4.${n}` }) }));
    const bad = { headers, body: slice({ sop: '1.2.3.4.9' }) };
    for (const parts of [
      [bad, ...good],
      [good[0]!, bad, good[1]!],
      [...good, bad],
    ]) {
      archive = archiveClient();
      const response = await archive.fetch('/dicomweb/studies', {
        method: 'POST',
        ...related(parts, 'application/dicom'),
      });
      expect(response.status).toBe(202);
      const dataSet = (await response.json()) as DicomJson;
      expect(items(dataSet, '00081199')).toHaveLength(2);
      expect(items(dataSet, '0008119A')).toEqual([{ '00081197': { vr: 'US', Value: [0xc000] } }]);
      expect(await count()).toBe(2);
      await emptyArchive();
    }
  });

  it('the limits of a header can be set', async () => {
    archive = archiveClient({ MAX_PART_HEADER_BYTES: '65536', MAX_PART_HEADER_LINES: '100' });
    const headers = [...Array.from({ length: 80 }, (_, n) => `X-${n}: ${'x'.repeat(300)}`), DICOM];
    const init = { method: 'POST', ...related([{ headers, body: slice() }], 'application/dicom') };
    expect((await archive.fetch('/dicomweb/studies', init)).status).toBe(200);
  });

  it('a body that arrives byte by byte is stored; text that looks like a boundary is data', async () => {
    const look = ascii(`\r\n--${BOUNDARY}x\r\n--${BOUNDARY.slice(0, -1)}\r\n--${BOUNDARY} x\r\n\r\n`);
    const file = joined([
      slice({ pixels: false }),
      Uint8Array.of(0xe0, 0x7f, 0x10, 0x00),
      ascii('OB\0\0'),
      Uint8Array.of(look.length, 0, 0, 0),
      look,
    ]);
    const { headers, body } = related([{ headers: [DICOM], body: file }], 'application/dicom');
    const response = await archive.fetch('/dicomweb/studies', { method: 'POST', headers, body: chunked(body, 1) });
    expect(response.status).toBeLessThan(300);
    const instance = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
    expect(await archive.bytes(instance, 'application/dicom')).toEqual(file);
  });
});

describe('a limit with an impossible value', () => {
  it.each([
    ['MAX_REQUEST_BYTES', '100MB'],
    ['MAX_INSTANCE_BYTES', '-1'],
    ['MAX_PARTS', '0'],
    ['MAX_PARTS', '10001'],
    ['MAX_NESTING_DEPTH', '1e2'],
    ['MAX_METADATA_BYTES', 'unlimited'],
  ])('%s=%s: every request is 503, which names the setting', async (name, value) => {
    archive = archiveClient({ [name]: value });
    for (const response of [await archive.store([slice()]), await archive.fetch('/dicomweb/studies')]) {
      expect(response.status).toBe(503);
      expect(((await response.json()) as { detail: string }).detail).toContain(name);
    }
    expect(await objects()).toBe(0);
  });

  it('a limit with an empty value has its default', async () => {
    archive = archiveClient({ MAX_PARTS: '', MAX_REQUEST_BYTES: ' 100000 ' });
    expect((await archive.store([slice()])).status).toBe(200);
  });
});
