import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { document, instance, report, video } from '../../support/files/instances';
import { ascii, type Element, type Item, joined } from '../../support/files/part10';

const OTHER = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.7/instances/1.2.3.4.7.1';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const get = (path: string, Accept = '*/*', headers: Record<string, string> = {}) =>
  archive.fetch(path, { headers: { Accept, ...headers } });

describe('PS3.18 8.7.4 rendered media types of other instances', () => {
  it('a report as HTML and as text', async () => {
    await archive.store([report('No <b>fracture</b> of the héad.')]);
    const html = await get(`${OTHER}/rendered`);
    expect(html.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(html.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    const page = await html.text();
    expect(page).toContain('No &lt;b&gt;fracture&lt;/b&gt; of the héad.');
    const text = await get(`${OTHER}/rendered`, 'text/plain');
    expect(text.headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
    expect(await text.text()).toContain('No <b>fracture</b> of the héad.');
    expect((await get(`${OTHER}/rendered`, 'image/jpeg')).status).toBe(406);
  });

  it.each([
    ['ISO_IR 192', (text: string) => Buffer.from(text, 'utf8')],
    ['ISO_IR 100', (text: string) => Buffer.from(text, 'latin1')],
  ])('a report whose text is too long for the metadata, in %s', async (characterSet, encode) => {
    const sentence = 'Größe: 12 mm, <b>unverändert</b>. ';
    const long = sentence.repeat(5000);
    const item: Item = [
      [0x0040a010, 'CS', 'CONTAINS'],
      [0x0040a040, 'CS', 'TEXT'],
      [0x0040a160, 'UT', new Uint8Array(encode(long))],
    ];
    // By a container, whose character set the text has.
    const container: Item = [
      [0x0040a010, 'CS', 'CONTAINS'],
      [0x0040a040, 'CS', 'CONTAINER'],
      [0x0040a730, 'SQ', [item]],
    ];
    const elements: Element[] = [
      [0x00080005, 'CS', characterSet],
      [0x0040a040, 'CS', 'CONTAINER'],
      [0x0040a730, 'SQ', [container]],
    ];
    const place = { study: '1.2.3.6', series: '1.2.3.6.1', sop: `1.2.3.6.1.${encode('ö').length}` };
    await archive.store([
      instance({ ...place, sopClassUID: '1.2.840.10008.5.1.4.1.1.88.11', modality: 'SR', elements }),
    ]);
    const rendered = `/dicomweb/studies/${place.study}/series/${place.series}/instances/${place.sop}/rendered`;
    const text = await (await get(rendered, 'text/plain')).text();
    expect(text).toContain(long.trimEnd());
    expect(text).not.toContain('/bulkdata/');
    const page = await (await get(rendered)).text();
    expect(page.split('Größe: 12 mm, &lt;b&gt;unverändert&lt;/b&gt;.')).toHaveLength(5001);
    expect(page).not.toContain('/bulkdata/');
  });

  it.each([
    ['a report', () => report('All is well.'), 'text/html', 'text/html; charset=utf-8'],
    ['a document', () => document('application/pdf', ascii('%PDF-1.4 %%EOF')), 'application/pdf', 'application/pdf'],
  ])('%s by way of its study and series, in parts and by itself', async (_, file, type, contentType) => {
    await archive.store([file()]);
    for (const path of ['/dicomweb/studies/1.2.3.4', '/dicomweb/studies/1.2.3.4/series/1.2.3.4.7']) {
      // RFC 2387 3.1: the type of the first part.
      for (const accept of ['*/*', 'multipart/related', `multipart/related; type="${type}"`]) {
        const response = await get(`${path}/rendered`, accept);
        expect(response.headers.get('Content-Type')).toContain(`multipart/related; type="${type}"`);
        expect((await partsOf(response)).map(({ headers }) => headers['Content-Type'])).toEqual([contentType]);
      }
      const single = await get(`${path}/rendered`, type);
      expect(single.headers.get('Content-Type')).toBe(contentType);
      expect(await single.text()).toBe(await (await get(`${OTHER}/rendered`)).text());
      for (const accept of ['image/webp', 'image/jpeg', 'multipart/related; type="image/png"']) {
        const refused = await get(`${path}/rendered`, accept);
        expect(refused.status).toBe(406);
        expect(((await refused.json()) as { detail: string }).detail).toContain(
          `This resource is available as ${type}`,
        );
      }
    }
  });

  it('documents as their own type, without padding, with ranges', async () => {
    const pdf = ascii(`%PDF-1.4 ${'x'.repeat(9000)} %%EO`);
    expect(pdf.length % 2).toBe(0);
    const odd = joined([pdf, ascii('F')]);
    await archive.store([document('application/pdf', odd)]);
    for (const accept of ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/pdf', '*/*']) {
      const response = await get(`${OTHER}/rendered`, accept);
      expect(response.headers.get('Content-Type')).toBe('application/pdf');
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(odd);
    }
    const part = await get(`${OTHER}/rendered`, '*/*', { Range: 'bytes=-5' });
    expect(part.status).toBe(206);
    expect(await part.text()).toBe('%%EOF');
  });

  it('a CDA document may not run scripts, and a type that a browser would run is not used', async () => {
    const cda = ascii('<?xml version="1.0"?><ClinicalDocument/>');
    await archive.store([
      document('text/xml', cda, '104.2'),
      document('model/stl', ascii('solid x'), '104.3', { series: '1.2.3.4.8' }),
      document('text/html', ascii('<script>alert(1)</script>'), '104.1', { series: '1.2.3.4.9' }),
    ]);
    const response = await get(`${OTHER}/rendered`);
    expect(response.headers.get('Content-Type')).toBe('text/xml');
    expect(response.headers.get('Content-Security-Policy')).toContain('sandbox');
    expect(await response.text()).toBe('<?xml version="1.0"?><ClinicalDocument/>');
    const stl = await get(`${OTHER.replace('/1.2.3.4.7/', '/1.2.3.4.8/')}/rendered`);
    expect(stl.headers.get('Content-Type')).toBe('model/stl');
    const page = await get(`${OTHER.replace('/1.2.3.4.7/', '/1.2.3.4.9/')}/rendered`);
    expect(page.headers.get('Content-Type')).toBe('application/octet-stream');
  });

  it('a video as its own stream, with ranges', async () => {
    const stream = [ascii('ftypmp42-first-'), ascii('-second-')].map((text) =>
      joined([text, new Uint8Array(text.length % 2)]),
    );
    await archive.store([video(stream)]);
    const response = await get(`${OTHER}/rendered`);
    expect(response.headers.get('Content-Type')).toBe('video/mp4');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(joined(stream));
    const part = await get(`${OTHER}/rendered`, 'video/mp4', { Range: 'bytes=14-20' });
    expect(part.status).toBe(206);
    expect(part.headers.get('Content-Range')).toBe(`bytes 14-20/${joined(stream).length}`);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(joined(stream).subarray(14, 21));
    expect((await get(`${OTHER}/rendered`, '*/*', { Range: 'bytes=999-' })).status).toBe(416);
    expect((await get(`${OTHER}/frames/1/rendered`)).status).toBe(406);
  });
});
