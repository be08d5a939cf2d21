import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN } from '../../support/clients/archive-client';
import { document } from '../../support/files/instances';
import { ascii } from '../../support/files/part10';
import { slice } from '../../support/files/samples';
import { failing } from '../../support/platform/failing';

const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
const OTHER = 'https://viewer.example.org';

withArchive();

const securityOf = ({ headers }: Response) => ({
  sniff: headers.get('X-Content-Type-Options'),
  referrer: headers.get('Referrer-Policy'),
  resource: headers.get('Cross-Origin-Resource-Policy'),
  policy: headers.get('Content-Security-Policy'),
  transport: headers.get('Strict-Transport-Security'),
});

const USUAL = {
  sniff: 'nosniff',
  referrer: 'no-referrer',
  resource: 'same-origin',
  policy: "default-src 'none'; frame-ancestors 'self'",
  transport: null,
};

/** XML is in a sandbox too. */
const expectedOf = ({ headers }: Response, usual: typeof USUAL) =>
  /xml/.test(headers.get('Content-Type') ?? '')
    ? { ...usual, policy: usual.policy.replace('; ', '; sandbox; ') }
    : usual;

/** An answer of each kind, with its status. */
async function answers(archive: ArchiveClient): Promise<[status: number, answer: Response][]> {
  await archive.store([slice()]);
  const etag = (await archive.fetch(`${INSTANCE}/frames/1`)).headers.get('ETag') ?? '';
  const get = (path: string, headers: Record<string, string> = {}) => archive.fetch(path, { headers });
  return [
    [200, await get('/dicomweb/studies')],
    [200, await get(`${INSTANCE}/metadata`)],
    [200, await get(`${INSTANCE}/rendered`, { Accept: 'image/jpeg' })],
    [200, await archive.fetch(`${INSTANCE}/frames/1`, { method: 'HEAD' })],
    [206, await get(`${INSTANCE}/bulkdata/7FE00010`, { Range: 'bytes=0-1', Accept: 'application/octet-stream' })],
    [304, await get(`${INSTANCE}/frames/1`, { 'If-None-Match': etag })],
    [200, await get(INSTANCE, { Accept: 'application/zip' })],
    [200, await archive.fetch('/dicomweb', { method: 'OPTIONS' })],
    [409, await archive.store([slice().subarray(0, 200)])],
    [400, await get('/dicomweb/studies?StudyDate=x')],
    [404, await get('/nowhere')],
    [405, await archive.fetch('/dicomweb/studies', { method: 'PUT' })],
    [406, await get(`${INSTANCE}/metadata`, { Accept: 'image/gif' })],
    [200, await get('/health')],
  ];
}

describe('every answer', () => {
  it('has the security headers, whatever its status', async () => {
    for (const [status, answer] of await answers(archiveClient())) {
      expect([answer.status, securityOf(answer)], `${answer.status}`).toEqual([status, expectedOf(answer, USUAL)]);
    }
    const closed = await archiveClient({ ALLOW_ANONYMOUS: '' }).fetch('/dicomweb/studies');
    expect([closed.status, securityOf(closed)]).toEqual([503, USUAL]);
    const wrong = await archiveClient({ DUPLICATES: 'what' }).fetch('/dicomweb/studies');
    expect([wrong.status, securityOf(wrong)]).toEqual([503, USUAL]);
    const broken = archiveClient({}, (real) => failing(real, () => ({ message: 'Unforeseen', when: 'before' })));
    const failed = await broken.fetch('/dicomweb/studies');
    expect([failed.status, securityOf(failed)]).toEqual([500, USUAL]);
  });

  it('lets the pages of configured origins embed and frame it, and no others', async () => {
    const expected = {
      ...USUAL,
      resource: 'cross-origin',
      policy: `default-src 'none'; frame-ancestors 'self' ${OTHER}`,
    };
    const archive = archiveClient({ CORS_ORIGINS: OTHER });
    for (const [status, answer] of await answers(archive)) {
      expect([answer.status, securityOf(answer)]).toEqual([status, expectedOf(answer, expected)]);
    }
    const preflight = { method: 'OPTIONS', headers: { Origin: OTHER, 'Access-Control-Request-Method': 'GET' } };
    const answer = await archive.fetch('/dicomweb/studies', preflight);
    expect([answer.status, securityOf(answer)]).toEqual([204, expected]);
    const any = await archiveClient({ CORS_ORIGINS: '*' }).fetch('/dicomweb/studies');
    expect(securityOf(any).policy).toBe("default-src 'none'; frame-ancestors *");
  });

  it('keeps the browser to TLS where the request came over TLS', async () => {
    const { transport } = securityOf(await archiveClient().fetch('/dicomweb/studies'));
    expect([ORIGIN.startsWith('http:'), transport]).toEqual([true, null]);
    const { addSecurityHeaders } = await import('../../../src/http/security-headers');
    const headers = new Headers();
    addSecurityHeaders(headers, { secure: true, origins: [] });
    expect(headers.get('Strict-Transport-Security')).toBe('max-age=31536000');
  });

  it('stops no program of the browser: a PDF keeps its reader; a document with markup runs nothing', async () => {
    const archive = archiveClient();
    const place = { study: '1.2.3.4', series: '1.2.3.4.0', sop: '1.2.3.4.1' };
    await archive.store([document('application/pdf', ascii('%PDF-1.4\n%%EOF'), '104.1', place)]);
    const pdf = await archive.fetch(`${INSTANCE}/rendered`, { headers: { Accept: 'application/pdf' } });
    expect([pdf.status, securityOf(pdf)]).toEqual([200, { ...USUAL, policy: "frame-ancestors 'self'" }]);
    await archive.store([document('text/XML', ascii('<a/>'), '104.2', { ...place, sop: '1.2.3.4.2' })]);
    const xml = await archive.fetch(`${INSTANCE.slice(0, -1)}2/rendered`);
    expect(xml.status).toBe(200);
    expect(securityOf(xml).policy).toMatch(/^default-src 'none'; .*; sandbox allow-popups; frame-ancestors 'self'$/);
  });

  it('runs nothing as XML: metadata, the record, the capabilities, the answer to a Store request', async () => {
    const archive = archiveClient();
    const as = (Accept: string, init: RequestInit = {}) => ({ ...init, headers: { ...init.headers, Accept } });
    const stored = { method: 'POST', headers: { 'Content-Type': 'application/dicom' }, body: slice() as BodyInit };
    const answers = [
      await archive.fetch('/dicomweb/studies', as('application/dicom+xml', stored)),
      await archive.fetch(`${INSTANCE}/metadata`, as('application/dicom+xml')),
      await archive.fetch('/audit', as('application/xml')),
      await archive.fetch('/dicomweb', as('application/vnd.sun.wadl+xml', { method: 'OPTIONS' })),
    ];
    for (const answer of answers) {
      const type = answer.headers.get('Content-Type') ?? '';
      expect([answer.status, type]).toEqual([200, expect.stringMatching(/^application\/([a-z.]+\+)?xml/)]);
      const policy = "default-src 'none'; sandbox; frame-ancestors 'self'";
      expect(securityOf(answer), type).toEqual({ ...USUAL, policy });
    }
  });
});

describe('an address that is not the archive’s', () => {
  const PUBLIC = { PUBLIC_ORIGIN: 'https://pacs.example.org', ALLOWED_HOSTS: '' };

  it('is refused where the deployment has a public origin: nothing is looked up', async () => {
    const archive = archiveClient(PUBLIC);
    for (const path of ['/dicomweb/studies', '/wado', '/health', '/', '/keys']) {
      const answer = await archive.fetch(path);
      expect([answer.status, securityOf(answer)], path).toEqual([421, USUAL]);
      expect(await answer.json()).toMatchObject({ code: 'misdirected' });
    }
    expect((await archive.store([slice()])).status).toBe(421);
    expect(archive.operations).toMatchObject({ d1: 0, r2Reads: [], r2Writes: [] });
  });

  it('is answered when it is one of several, or when it is allowed', async () => {
    for (const variables of [
      {},
      { ALLOWED_HOSTS: '' },
      { ...PUBLIC, ALLOWED_HOSTS: '*' },
      { ...PUBLIC, ALLOWED_HOSTS: 'a.pages.dev, Archive.test' },
      { ...PUBLIC, PUBLIC_ORIGIN: 'https://pacs.example.org, http://archive.test:8080/path' },
    ]) {
      expect((await archiveClient(variables).fetch('/dicomweb/studies')).status).toBe(200);
    }
    const wrong = await archiveClient({ ...PUBLIC, ALLOWED_HOSTS: 'https://archive.test' }).fetch('/dicomweb/studies');
    expect([wrong.status, await wrong.json()]).toMatchObject([503, { code: 'misconfigured' }]);
  });
});
