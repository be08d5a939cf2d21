import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { ascii } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;
const ENCAPSULATED_PDF = '1.2.840.10008.5.1.4.1.1.104.1';
const ENCAPSULATED_CDA = '1.2.840.10008.5.1.4.1.1.104.2';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const get = (path: string, headers: Record<string, string> = {}) => archive.fetch(path, { headers });

describe('PS3.18 10.4.1.1.5, PS3.3 C.24.2 an encapsulated document', () => {
  const document = (sop: string, sopClass: string, type: string) =>
    slice({
      sop,
      pixels: false,
      elements: [
        [0x00080016, 'UI', sopClass],
        [0x00420011, 'OB', ascii('%PDF-1.7 '.repeat(600))],
        [0x00420012, 'LO', type],
      ],
    });

  it('comes by itself with the type of its SOP class, or as octets', async () => {
    await archive.store([document('1.2.3.4.1', ENCAPSULATED_PDF, 'application/pdf')]);
    const path = `${INSTANCE}/bulkdata/00420011`;
    for (const [accept, type] of [
      ['*/*', 'application/pdf'],
      ['application/pdf', 'application/pdf'],
      ['application/octet-stream', 'application/octet-stream'],
    ] as const) {
      const response = await get(path, { Accept: accept });
      expect(response.headers.get('Content-Type')).toBe(type);
      expect(await response.text()).toBe('%PDF-1.7 '.repeat(600));
    }
    const [part] = await partsOf(await get(path, { Accept: 'multipart/related; type="application/pdf"' }));
    expect(part?.headers['Content-Type']).toBe('application/pdf');
    const [all] = await partsOf(await get(`${STUDY}/bulkdata`));
    expect(all?.headers['Content-Type']).toBe('application/pdf');
  });

  it('is never a page that a browser runs, whatever type it names', async () => {
    await archive.store([
      document('1.2.3.4.1', ENCAPSULATED_CDA, 'text/html'),
      document('1.2.3.4.2', '1.2.840.10008.5.1.4.1.1.7', 'text/html'),
    ]);
    const cda = await get(`${INSTANCE}/bulkdata/00420011`);
    expect(cda.headers.get('Content-Type')).toBe('text/xml');
    expect(cda.headers.get('Content-Security-Policy')).toContain('sandbox');
    const other = await get(`${SERIES}/instances/1.2.3.4.2/bulkdata/00420011`);
    expect(other.headers.get('Content-Type')).toBe('application/octet-stream');
    expect((await get(`${INSTANCE}/bulkdata/00420011`, { Accept: 'text/html' })).status).toBe(406);
  });
});
