import { type IncomingHttpHeaders, request } from 'node:http';
import { expect, it } from 'vitest';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request to the front door with another Host than its own. */
function askAt(
  port: string,
  host: string,
  path: string,
  more: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {} } = more;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { ...headers, Host: host } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    sent.on('error', reject).end();
  });
}

/** The tests of a deployment at http://pacs.test that also answers at localhost. @param origin of its front door */
export function addresses(origin: () => string): void {
  const at = (host: string, path: string, more: Parameters<typeof askAt>[3] = {}) =>
    askAt(new URL(origin()).port, host, path, more);

  it('answers there, with and without a port, and at hosts that are allowed: archive, pages and files', async () => {
    const { port } = new URL(origin());
    for (const host of ['pacs.test', 'pacs.test:8080', `localhost:${port}`]) {
      for (const path of ['/', '/viewer?StudyInstanceUIDs=1.2', '/app-config.js', '/dicomweb/studies', '/health']) {
        expect((await at(host, path)).status, `${host}${path}`).toBe(200);
      }
    }
  });

  it('refuses every other address, as that of the Pages project: archive, pages and files', async () => {
    for (const path of [
      '/',
      '/viewer?StudyInstanceUIDs=1.2',
      '/app-config.js',
      '/nowhere',
      '/dicomweb/studies',
      '/health',
    ]) {
      for (const method of ['GET', 'HEAD', 'POST']) {
        const { status, headers, text } = await at('127.0.0.1', path, { method });
        expect([status, headers['content-type']], `${method} ${path}`).toEqual([421, 'application/problem+json']);
        if (method !== 'HEAD') expect(JSON.parse(text)).toMatchObject({ code: 'misdirected' });
      }
    }
  });

  it('tells browsers to be careful with every answer: pages, files, the archive’s, errors and 304', async () => {
    const page = await at('pacs.test', '/');
    expect(page.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'x-frame-options': 'SAMEORIGIN',
      'cross-origin-opener-policy': 'same-origin',
      'strict-transport-security': 'max-age=31536000',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'self' [^;]*'sha256-/),
    });
    expect(page.headers['content-security-policy']).not.toMatch(/script-src[^;]*'unsafe-inline'/);
    const file = await at('pacs.test', '/app-config.js');
    expect(file.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
    const known = { 'If-None-Match': String(file.headers.etag) };
    expect((await at('pacs.test', '/app-config.js', { headers: known })).status).toBe(304);
    for (const [host, path, status] of [
      ['pacs.test', '/dicomweb/studies', 200],
      ['pacs.test', '/dicomweb/studies?StudyDate=x', 400],
      ['pacs.test', '/nowhere', 404],
      ['127.0.0.1', '/', 421],
      ['other.pages.dev', '/', 421],
    ] as const) {
      const answer = await at(host, path);
      expect([answer.status, answer.headers], `${host}${path}`).toMatchObject([
        status,
        {
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-resource-policy': 'same-origin',
          'content-security-policy': "default-src 'none'; frame-ancestors 'self'",
        },
      ]);
    }
  });

  it('slows down a client that guesses keys', async () => {
    const { newKeyText } = await import('../../../src/access/key-text');
    const statuses = [];
    for (let times = 0; times < 21; times += 1) {
      const headers = { Authorization: `Bearer ${newKeyText()}` };
      statuses.push((await at('pacs.test', '/dicomweb/studies', { headers })).status);
    }
    expect(statuses).toEqual([...Array(20).fill(401), 429]);
  });
}
