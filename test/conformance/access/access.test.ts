import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
const EVERYTHING = [
  '/dicomweb/studies',
  INSTANCE,
  `${INSTANCE}/frames/1`,
  `${INSTANCE}/metadata`,
  '/wado?requestType=WADO',
  '/nowhere',
];

withArchive();

describe('the gate', () => {
  it('answers 503 to everything until the deployment says who has access', async () => {
    await archiveClient().store([slice()]);
    for (const value of ['', 'false', '1', 'TRUE']) {
      const closed = archiveClient({ ALLOW_ANONYMOUS: value });
      for (const path of EVERYTHING) expect((await closed.fetch(path)).status, path).toBe(503);
      expect((await closed.store([slice()])).status).toBe(503);
      expect(closed.operations).toMatchObject({ d1: 0, r2Reads: [], r2Writes: [] });
    }
  });

  it('is checked before the caches of an isolate', async () => {
    const open = archiveClient();
    await open.store([slice()]);
    expect((await open.fetch(`${INSTANCE}/frames/1`)).status).toBe(200);
    expect((await archiveClient({ ALLOW_ANONYMOUS: '' }).fetch(`${INSTANCE}/frames/1`)).status).toBe(503);
  });
});

describe('other origins', () => {
  const VIEWER = 'https://viewer.example.org';
  const headers = { Origin: VIEWER };

  it('may call when configured: preflight, answers and errors carry the headers', async () => {
    const archive = archiveClient({ CORS_ORIGINS: `https://other.example.org, ${VIEWER}` });
    const preflight = await archive.fetch('/dicomweb/studies', {
      method: 'OPTIONS',
      headers: {
        ...headers,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toMatch(/authorization.*range.*if-none-match/i);
    for (const path of ['/dicomweb/studies', '/dicomweb/studies/9', '/dicomweb/studies?StudyDate=x']) {
      const response = await archive.fetch(path, { headers });
      expect(response.headers.get('Access-Control-Allow-Origin'), path).toBe(VIEWER);
      expect(response.headers.get('Access-Control-Expose-Headers')).toMatch(/Content-Range.*ETag.*X-Request-Id/);
    }
    const stranger = await archive.fetch('/dicomweb/studies', { headers: { Origin: 'https://evil.example.org' } });
    expect(stranger.headers.get('Access-Control-Allow-Origin')).toBeNull();
  });

  it('are told that they may not by an answer to the preflight, without a credential, when none is configured', async () => {
    const closed = archiveClient({ ALLOW_ANONYMOUS: '', ROLES: '{"reader":{"permissions":["search"]}}' });
    const asked = { ...headers, 'Access-Control-Request-Method': 'GET' };
    const preflight = await closed.fetch('/dicomweb/studies', { method: 'OPTIONS', headers: asked });
    expect(preflight.status).toBe(204);
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('must not call when none is configured', async () => {
    const response = await archiveClient().fetch('/dicomweb/studies', { headers });
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
  });
});

describe('errors', () => {
  it('are application/problem+json and never quote the request', async () => {
    const archive = archiveClient();
    for (const [path, status] of [
      ['/dicomweb/studies?StudyDate=SECRET', 400],
      ['/dicomweb/studies/9.9', 404],
      ['/secret', 404],
    ] as const) {
      const response = await archive.fetch(path);
      expect(response.status).toBe(status);
      expect(response.headers.get('Content-Type')).toBe('application/problem+json');
      expect(await response.text()).not.toMatch(/secret/i);
    }
  });
});

describe('every answer', () => {
  it('keeps browsers from guessing its type; a slash at the end of a URI does not matter', async () => {
    const archive = archiveClient();
    await archive.store([slice()]);
    for (const path of ['/dicomweb/studies/', '/dicomweb/studies', INSTANCE, `${INSTANCE}/`, `${INSTANCE}/frames/1`]) {
      const response = await archive.fetch(path);
      expect(response.status, path).toBe(200);
      expect(response.headers.get('X-Content-Type-Options'), path).toBe('nosniff');
    }
    expect((await archive.fetch('/dicomweb/nothing')).headers.get('X-Content-Type-Options')).toBe('nosniff');
  });
});

describe('RFC 9110 15.5.6', () => {
  it('405 with Allow for a method that the resource does not have', async () => {
    const archive = archiveClient();
    for (const [path, method, allow] of [
      ['/dicomweb/studies', 'PUT', 'POST, GET, HEAD, OPTIONS'],
      ['/dicomweb/studies/1.2.3', 'PUT', 'POST, GET, HEAD, DELETE, OPTIONS'],
      ['/dicomweb/studies/1.2.3/metadata', 'DELETE', 'GET, HEAD, OPTIONS'],
      [`${INSTANCE}/frames/1`, 'POST', 'GET, HEAD, OPTIONS'],
      ['/dicomweb', 'GET', 'OPTIONS'],
      ['/wado', 'POST', 'GET, HEAD, OPTIONS'],
    ] as const) {
      const response = await archive.fetch(path, { method });
      expect(response.status, path).toBe(405);
      expect(response.headers.get('Allow')).toBe(allow);
    }
  });
});

describe('access to capabilities', () => {
  const VIEWER = 'https://viewer.example.org';
  const options = (archive: ArchiveClient, path: string, headers: Record<string, string> = {}) =>
    archive.fetch(path, { method: 'OPTIONS', headers });

  it('passes the gate first', async () => {
    for (const variables of [{}, { CORS_ORIGINS: VIEWER }] as Record<string, string>[]) {
      const archive = archiveClient({ ...variables, ALLOW_ANONYMOUS: '' });
      for (const path of ['/dicomweb', '/dicomweb/studies', '/wado', '/nowhere']) {
        expect((await options(archive, path)).status, path).toBe(503);
        expect((await options(archive, path, { Origin: VIEWER })).status, path).toBe(503);
      }
    }
  });

  it('is not a preflight: other origins may read it when configured', async () => {
    const archive = archiveClient({ CORS_ORIGINS: VIEWER });
    const response = await options(archive, '/dicomweb', { Origin: VIEWER });
    expect(response.status).toBe(200);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(VIEWER);
    expect(response.headers.get('Access-Control-Allow-Methods')).toBeNull();
    expect((await options(archive, '/dicomweb')).status).toBe(200);
    const preflight = await options(archive, '/dicomweb', {
      Origin: VIEWER,
      'Access-Control-Request-Method': 'OPTIONS',
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('Access-Control-Allow-Methods')).toMatch(/OPTIONS/);
    expect(await preflight.text()).toBe('');
  });
});

describe('pages of other origins (WHATWG Fetch 4.9, Fetch Metadata)', () => {
  const HOST = 'https://archive.example.org';
  const send = (headers: Record<string, string>, variables = {}, method = 'POST') =>
    archiveClient(variables).fetch('/dicomweb/studies/1.2.3.4/restore', { method, headers });

  it('may change nothing: 403, whatever the method, and nothing is looked up', async () => {
    for (const headers of [
      { Origin: 'https://evil.example.org', 'Content-Type': 'text/plain' },
      { Origin: 'null' },
      { Origin: HOST, 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ] as Record<string, string>[]) {
      for (const method of ['POST', 'DELETE', 'PUT']) {
        const refused = await send(headers, {}, method);
        expect([refused.status, await refused.json()], method).toMatchObject([403, { code: 'forbidden' }]);
      }
    }
  });

  it('may read; the own pages, configured origins and clients that are not browsers may change', async () => {
    const { origin } = new URL((await import('../../support/clients/archive-client')).ORIGIN);
    const evil = { Origin: 'https://evil.example.org', 'Sec-Fetch-Site': 'cross-site' };
    expect((await archiveClient().fetch('/dicomweb/studies', { headers: evil })).status).toBe(200);
    for (const [headers, variables] of [
      [{}, {}],
      [{ Origin: origin }, {}],
      [{ Origin: HOST, 'Sec-Fetch-Site': 'same-origin' }, {}],
      [{ Origin: HOST }, { PUBLIC_ORIGIN: HOST }],
      [{ Origin: HOST, 'Sec-Fetch-Site': 'cross-site' }, { CORS_ORIGINS: HOST }],
    ] as [Record<string, string>, Record<string, string>][]) {
      expect((await send(headers, variables)).status).toBe(404);
    }
  });
});
