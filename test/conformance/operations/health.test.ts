import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';

withArchive();

async function health(variables: Record<string, string> = {}) {
  const response = await archiveClient(variables).fetch('/health');
  expect(response.headers.get('Content-Type')).toBe('application/health+json');
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(response.headers.has('X-Request-Id')).toBe(response.status >= 500);
  return {
    status: response.status,
    body: await response.json<{ status: string; checks: unknown; warnings: string[] }>(),
  };
}

describe('GET /health', () => {
  it('is 200 when the database, the bucket and the queue answer; it says that everybody is let in', async () => {
    const { status, body } = await health();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'pass',
      checks: { database: { status: 'pass' }, bucket: { status: 'pass' }, queue: { status: 'pass' } },
    });
    expect(body.warnings).toEqual([expect.stringContaining('ALLOW_ANONYMOUS')]);
  });

  it('is 503 when a part fails, and says which one', async () => {
    await env.DB.exec('ALTER TABLE study RENAME TO lost');
    const { status, body } = await health();
    expect(status).toBe(503);
    expect(body).toMatchObject({
      status: 'fail',
      checks: { database: { status: 'fail', reason: 'no-schema' }, bucket: { status: 'pass' } },
    });
    await env.DB.exec('ALTER TABLE lost RENAME TO study');
  });

  it('is 503 when nobody is let in, or the configuration is invalid', async () => {
    for (const variables of [{ ALLOW_ANONYMOUS: '' }, { DUPLICATES: 'overwrite' }, { NO_SUCH_SETTING: '1' }]) {
      const response = await archiveClient(variables).fetch('/health');
      expect(response.status).toBe(503);
      const { code, detail } = await response.json<{ code: string; detail: string }>();
      if ('ALLOW_ANONYMOUS' in variables) continue;
      expect(code).toBe('misconfigured');
      expect(detail).toContain(Object.keys(variables)[0]);
    }
  });
});
