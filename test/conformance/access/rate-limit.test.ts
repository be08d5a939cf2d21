import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { newAddress } from '../../support/access/addresses';
import { resetAll, withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';

/** The runtime's own counter: three requests a minute. */
const { threeRequests } = env as unknown as { threeRequests: RateLimit };
const counting = (name: string) => ({ [name]: threeRequests }) as unknown as Record<string, string>;

const ROLES = JSON.stringify({ officer: { permissions: ['administer'] } });

withArchive();
// The counters too.
afterEach(resetAll);

const ask = async (archive: ArchiveClient, headers: Record<string, string> = {}) =>
  (await archive.fetch('/nowhere', { headers })).status;

/** The counter starts again with each minute. A test in the middle of which it did so is run again. */
async function withinAMinute(run: () => Promise<void>): Promise<void> {
  const minute = () => Math.floor(Date.now() / 60_000);
  for (;;) {
    const begun = minute();
    const error = await run().then(
      () => undefined,
      (reason: unknown) => reason ?? 'failed',
    );
    if (error === undefined) return;
    if (minute() === begun) throw error;
  }
}

describe('a limit on the rate of requests (RFC 6585 4)', () => {
  it('for each principal: 429 with Retry-After, before anything is looked up; others go on', () =>
    withinAMinute(async () => {
      const open = archiveClient({ ROLES });
      const make = async () => {
        const body = JSON.stringify({ name: 'A', roles: ['officer'] });
        const made = await open.fetch('/keys', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body,
        });
        return { Authorization: `Bearer ${((await made.json()) as { key: string }).key}` };
      };
      const [one, other] = [await make(), await make()];
      const variables = { ALLOW_ANONYMOUS: '', ROLES, ...counting('REQUESTS_PER_PRINCIPAL') };
      const archive = archiveClient(variables, undefined, open.prefix);
      // A request that is not let in anyway does not count.
      for (let times = 0; times < 5; times += 1) expect(await ask(archive)).toBe(401);
      for (let times = 0; times < 3; times += 1) expect(await ask(archive, one)).toBe(404);
      const before = archive.operations.d1;
      const refused = await archive.fetch('/keys', { headers: one });
      expect([refused.status, refused.headers.get('Retry-After'), await refused.json()]).toMatchObject([
        429,
        '10',
        { code: 'too-many-requests', type: 'https://www.rfc-editor.org/rfc/rfc6585#section-4' },
      ]);
      // The record takes the refusal, and collects further ones.
      expect(archive.operations.d1).toBe(before + 1);
      expect(await ask(archive, other)).toBe(404);
    }));

  it('for each address where everybody has access, and for the archive', () =>
    withinAMinute(async () => {
      const from = (address: string) => ({ 'CF-Connecting-IP': address });
      const archive = archiveClient(counting('REQUESTS_PER_PRINCIPAL'));
      const [one, other] = [newAddress(), newAddress()];
      for (let times = 0; times < 3; times += 1) expect(await ask(archive, from(one))).toBe(404);
      expect(await ask(archive, from(one))).toBe(429);
      expect(await ask(archive, from(other))).toBe(404);
      const whole = archiveClient(counting('REQUESTS_PER_ARCHIVE'));
      const statuses = [];
      for (let times = 0; times < 4; times += 1) statuses.push(await ask(whole, from(newAddress())));
      expect(statuses).toEqual([404, 404, 404, 429]);
    }));
});

describe('a limit that cannot be', () => {
  const statusOf = async (variables: Record<string, unknown>) => {
    const answer = await archiveClient(variables as Record<string, string>).fetch('/dicomweb/studies');
    return [answer.status, answer.status === 200 ? '' : ((await answer.json()) as { detail: string }).detail];
  };

  it('is refused, with its name: under a name that nothing reads, and as another kind of setting', async () => {
    expect(await statusOf({ REQUESTS_PER_PRINCIPLE: threeRequests })).toEqual([
      503,
      expect.stringContaining('no limit REQUESTS_PER_PRINCIPLE'),
    ]);
    expect(await statusOf({ REQUESTS_PER_ARCHIVE: env.DB })).toEqual([
      503,
      expect.stringContaining('REQUESTS_PER_ARCHIVE must be a binding of [[ratelimits]]'),
    ]);
    expect(await statusOf({ REQUESTS_PER_PRINCIPAL: '100' })).toEqual([
      503,
      expect.stringContaining('must be a binding'),
    ]);
    // Any method can be asked of another Worker.
    const worker = new Proxy({}, { get: () => () => undefined });
    expect(await statusOf({ OTHER_WORKER: worker })).toEqual([200, '']);
  });

  it('and one that is not there: the health report tells an administrator', async () => {
    const open = archiveClient({ ROLES });
    const body = JSON.stringify({ name: 'A', roles: ['officer'] });
    const made = await open.fetch('/keys', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    const headers = { Authorization: `Bearer ${((await made.json()) as { key: string }).key}` };
    const warnings = async (variables: Record<string, string>, init: RequestInit = { headers }) => {
      const archive = archiveClient({ ALLOW_ANONYMOUS: '', ROLES, ...variables }, undefined, open.prefix);
      return ((await (await archive.fetch('/health', init)).json()) as { warnings: string[] }).warnings;
    };
    expect(await warnings({})).toEqual([
      expect.stringContaining('no limit REQUESTS_PER_PRINCIPAL'),
      expect.stringContaining('no limit REQUESTS_PER_ARCHIVE'),
    ]);
    const bound = { ...counting('REQUESTS_PER_PRINCIPAL'), ...counting('REQUESTS_PER_ARCHIVE') };
    expect(await warnings(bound)).toEqual([]);
    // An attacker does not learn it.
    expect(await warnings({}, {})).toEqual([]);
  });

  it('a counter that fails lets requests through: images can be read', async () => {
    const limit = async () => {
      throw new Error('the counter does not answer');
    };
    const counter = { REQUESTS_PER_PRINCIPAL: { limit } } as unknown as Record<string, string>;
    expect(await ask(archiveClient(counter))).toBe(404);
  });
});
