import { describe, expect, it } from 'vitest';
import { readDicomXml } from '../../../src/dicom/xml/xml-reader';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN, partsOf } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;
const XML = 'application/dicom+xml';
const PARTS = `multipart/related; type="${XML}"`;

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const get = (path: string, headers: Record<string, string> = {}) => archive.fetch(`${path}/metadata`, { headers });

/** The data set of each part, read by the code that reads metadata in a store. */
async function dataSetsOf(response: Response) {
  const parts = await partsOf(response);
  for (const { headers } of parts) expect(headers['Content-Type']).toBe(XML);
  return parts.map(({ body }) => readDicomXml(new TextDecoder().decode(body)));
}

/** XML contains numbers as text. */
const asText = (dataSets: unknown) =>
  JSON.parse(JSON.stringify(dataSets, (_, value) => (typeof value === 'number' ? String(value) : value)));

describe('PS3.18 10.4.4, PS3.19 A.1 metadata as application/dicom+xml', () => {
  it('of a study, a series, an instance: one part an instance, the same as in JSON', async () => {
    await archive.store([1, 2].map((n) => slice({ sop: `1.2.3.4.${n}`, instanceNumber: n })));
    await archive.store([slice({ sop: '1.2.3.4.3', elements: [[0x00104000, 'LT', 'a < b & "c"\r\n']] })]);
    for (const [path, count] of [
      [STUDY, 3],
      [SERIES, 3],
      [INSTANCE, 1],
    ] as const) {
      const response = await get(path, { Accept: PARTS });
      expect(response.status).toBe(200);
      expect(response.headers.get('Content-Type')).toMatch(
        /^multipart\/related; type="application\/dicom\+xml"; boundary=/,
      );
      const dataSets = await dataSetsOf(response);
      expect(dataSets).toHaveLength(count);
      expect(asText(dataSets)).toEqual(asText(await archive.json(`${path}/metadata`)));
    }
  });

  it('has bulk data as absolute URIs that lead to it', async () => {
    await archive.store([slice()]);
    const [part] = await partsOf(await get(INSTANCE, { Accept: PARTS }));
    const uri = `${ORIGIN}${INSTANCE}/bulkdata/7FE00010`;
    expect(new TextDecoder().decode(part?.body)).toContain(`<BulkData uri="${uri}"/>`);
    expect(await archive.bytes(uri.slice(ORIGIN.length))).toHaveLength(512);
  });

  it('of one instance also by itself; of several, a client that asks only for the type gets parts', async () => {
    await archive.store([slice()]);
    const single = await get(INSTANCE, { Accept: XML });
    expect(single.headers.get('Content-Type')).toBe(XML);
    const text = await single.text();
    expect(text).toMatch(/^<\?xml .*<\/NativeDicomModel>$/s);
    expect(asText([readDicomXml(text)])).toEqual(asText(await archive.json(`${INSTANCE}/metadata`)));
    const series = await get(SERIES, { Accept: XML });
    expect(series.headers.get('Content-Type')).toMatch(/^multipart\/related; type="application\/dicom\+xml"/);
    expect(await dataSetsOf(series)).toHaveLength(1);
  });

  it('is sent only to a client that asks for it', async () => {
    await archive.store([slice()]);
    for (const [accept, type] of [
      ['*/*', 'application/dicom+json'],
      ['application/*', 'application/dicom+json'],
      [`${XML};q=0.5, application/json`, 'application/json'],
      [`${PARTS}, application/dicom+json;q=0.9`, 'multipart/related'],
    ] as const) {
      const response = await get(SERIES, { Accept: accept });
      expect(response.headers.get('Content-Type')?.startsWith(type), accept).toBe(true);
    }
    expect((await get(SERIES)).headers.get('Content-Type')).toBe('application/dicom+json');
    expect((await get(SERIES, { Accept: 'text/xml' })).status).toBe(406);
  });

  it('leaves out deleted instances', async () => {
    await archive.store([1, 2, 3].map((n) => slice({ sop: `1.2.3.4.${n}` })));
    const path = `${SERIES}/instances/1.2.3.4.2`;
    expect((await archive.fetch(path, { method: 'DELETE' })).status).toBe(204);
    const uids = (await dataSetsOf(await get(SERIES, { Accept: PARTS }))).map((each) => each['00080018']?.Value?.[0]);
    expect(uids).toEqual(['1.2.3.4.1', '1.2.3.4.3']);
    expect((await get(path, { Accept: PARTS })).status).toBe(410);
  });
});

describe('RFC 9110 13 metadata as application/dicom+xml', () => {
  it('strong ETag of its own, 304, HEAD', async () => {
    await archive.store([slice()]);
    const tags = new Set<string>();
    for (const Accept of [PARTS, XML, 'application/dicom+json', 'application/json']) {
      const response = await get(INSTANCE, { Accept });
      const etag = response.headers.get('ETag') ?? '';
      expect(etag).toMatch(/^"[^"]+"$/);
      tags.add(etag);
      expect((await get(INSTANCE, { Accept, 'If-None-Match': etag })).status).toBe(304);
      const head = await archive.fetch(`${INSTANCE}/metadata`, { method: 'HEAD', headers: { Accept } });
      expect(head.status).toBe(200);
      expect(head.headers.get('ETag')).toBe(etag);
      expect(head.headers.get('Content-Type')).toBe(response.headers.get('Content-Type'));
      expect(await head.text()).toBe('');
    }
    expect(tags.size).toBe(4);
  });
});
