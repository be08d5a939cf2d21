import { beforeEach, describe, expect, it, vi } from 'vitest';
import { newKeyText, SHARE_PREFIX } from '../../../src/access/key-text';
import { newAddress } from '../../support/access/addresses';
import {
  archive,
  bearer,
  DAY_MS,
  keys,
  OTHER,
  opened,
  ROLES,
  STUDY,
  sent,
  share,
  withSharedStudies,
} from '../../support/archive/shared-studies';
import { archiveClient } from '../../support/clients/archive-client';

withSharedStudies();

describe('the secret of a link', () => {
  it('is a Bearer token for scripts, where it can be used any number of times and has no pass phrase', async () => {
    const made = await share();
    for (const path of ['/dicomweb/studies', `/shares/${made.id}/dicomweb/studies`]) {
      const response = await archive.fetch(path, { headers: bearer(made.token) });
      expect([response.status, ((await response.json()) as unknown[]).length], path).toEqual([200, 1]);
    }
    for (const body of [{ uses: 3 }, { passphrase: 'correct horse' }]) {
      const { token } = await share(body);
      expect((await archive.fetch('/dicomweb/studies', { headers: bearer(token) })).status).toBe(401);
    }
    const { ticket } = await opened(await share({ uses: 1 }));
    expect((await archive.fetch('/dicomweb/studies', { headers: bearer(ticket) })).status).toBe(200);
  });

  it('ends with the share, whose end reaches every isolate within a minute', async () => {
    const made = await share({ expires: new Date(Date.now() + DAY_MS).toISOString() });
    const { root, get } = await opened(made);
    const picture = `${root}/studies/1.2.3.4/thumbnail`;
    expect((await get(picture)).status).toBe(200);
    const isolate = archiveClient({ ALLOW_ANONYMOUS: '', ROLES }, undefined, archive.prefix);
    const revoked = await isolate.fetch(`/shares/${made.id}`, { method: 'DELETE', headers: bearer(keys.sharer) });
    expect(revoked.status).toBe(204);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    try {
      expect((await get(picture)).status).toBe(401);
      const again = await archive.fetch('/shares/open', sent({ token: made.token }));
      expect([again.status, await again.json()]).toMatchObject([403, { detail: 'The share is revoked.' }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends when its study is deleted, and does not show what is stored under its UID later', async () => {
    const made = await share();
    const admin = archiveClient({}, undefined, archive.prefix);
    for (const [method, path] of [
      ['DELETE', STUDY],
      ['POST', `${STUDY}/restore`],
    ] as const)
      expect((await admin.fetch(path, { method })).status).toBe(204);
    const refused = await archive.fetch('/shares/open', sent({ token: made.token }));
    expect([refused.status, await refused.json()]).toMatchObject([403, { detail: 'The share is revoked.' }]);
  });

  it.each([
    ['revoked', 0],
    ['expired', 2 * DAY_MS],
  ])('is named by the record when it is used after the share is %s', async (_, later) => {
    const made = await share({ expires: new Date(Date.now() + DAY_MS).toISOString() });
    const { root, get } = await opened(made);
    if (later === 0) await archive.fetch(`/shares/${made.id}`, { method: 'DELETE', headers: bearer(keys.sharer) });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + later });
    // Each a second time too, when the isolate remembers that it has ended.
    for (const path of [`/shares/${made.id}/session`, `${root}/studies/1.2.3.4/metadata`]) {
      for (let n = 0; n < 2; n += 1) expect((await get(path)).status).toBe(401);
    }
    const whole = archiveClient({ ROLES }, undefined, archive.prefix);
    const of = { principalKind: 'share', principalID: `share:${made.id}`, studyInstanceUID: '1.2.3.4' };
    const events = (await (await whole.fetch('/audit')).json()) as { outcome: string }[];
    const refused = events.filter(({ outcome }) => outcome === 'refused');
    expect(refused.length).toBeGreaterThan(0);
    for (const event of refused) expect(event).toMatchObject({ action: 'access', ...of });
  });

  it('ends when the share expires', async () => {
    const made = await share({ expires: new Date(Date.now() + DAY_MS).toISOString() });
    const { root, get } = await opened(made);
    expect((await get(`${root}/studies`)).status).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS });
    try {
      expect((await get(`${root}/studies`)).status).toBe(401);
      expect((await archive.fetch('/dicomweb/studies', { headers: bearer(made.token) })).status).toBe(401);
      expect((await archive.fetch('/shares/open', sent({ token: made.token }))).status).toBe(403);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is no secret that a page gets: a browser has the cookie alone', async () => {
    const { token } = await share();
    const headers = { Origin: 'http://archive.test', 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors' };
    const response = await archive.fetch('/shares/open', sent({ token }, headers));
    expect(response.headers.get('Set-Cookie')).toContain('__Secure-share-');
    expect(await response.json()).not.toHaveProperty('ticket');
  });

  it('is opened as often as the sharer allows', async () => {
    const made = await share({ uses: 1 });
    await opened(made);
    expect((await archive.fetch('/shares/open', sent({ token: made.token }))).status).toBe(403);
  });

  it('needs the pass phrase where there is one', async () => {
    const made = await share({ passphrase: 'correct horse' });
    const asked = await archive.fetch('/shares/open', sent({ token: made.token }));
    expect([asked.status, await asked.json()]).toMatchObject([403, { code: 'passphrase-needed' }]);
    const wrong = await archive.fetch('/shares/open', sent({ token: made.token, passphrase: 'wrong horse' }));
    expect([wrong.status, await wrong.json()]).toMatchObject([403, { code: 'passphrase-needed' }]);
    const { root, get } = await opened(made, { passphrase: 'correct horse' });
    expect((await get(`${root}/studies`)).status).toBe(200);
  });

  it('cannot be forged or guessed', async () => {
    const made = await share();
    const { ticket, root } = await opened(made);
    const [id = '', end = '', signed = ''] = ticket.split('.');
    const later = (Number.parseInt(end, 36) + DAY_MS).toString(36);
    const other = await share({}, OTHER);
    for (const forged of [
      `${id}.${later}.${signed}`,
      `dwt_${other.id}.${end}.${signed}`,
      `${id}.${end}.${'A'.repeat(43)}`,
      newKeyText(SHARE_PREFIX),
      `${made.token.slice(0, -1)}_`,
    ]) {
      expect((await archive.fetch(`${root}/studies`, { headers: bearer(forged) })).status).toBe(401);
      expect((await archive.fetch('/dicomweb/studies', { headers: bearer(forged) })).status).toBe(401);
    }
    const address = { 'CF-Connecting-IP': newAddress() };
    const guess = () => archive.fetch('/shares/open', sent({ token: newKeyText(SHARE_PREFIX) }, address));
    for (let times = 0; times < 20; times += 1) expect((await guess()).status).toBe(403);
    expect((await guess()).status).toBe(429);
  });
});

describe('sharing', () => {
  it('needs the permission, and a study that the sharer can see', async () => {
    for (const [key, path, status] of [
      [keys.north, STUDY, 404],
      [keys.sharer, '/dicomweb/studies/1.9', 404],
      [(await share()).token, STUDY, 403],
    ] as const) {
      expect((await archive.fetch(`${path}/shares`, sent({}, bearer(key)))).status).toBe(status);
    }
  });

  it('is listed without secrets, for its maker alone, and checked', async () => {
    const made = await share({ note: 'Second opinion', uses: 2 });
    const listed = await (await archive.fetch('/shares', { headers: bearer(keys.sharer) })).json();
    expect(listed).toMatchObject({ shares: [{ id: made.id, note: 'Second opinion', uses: { count: 0, most: 2 } }] });
    expect(JSON.stringify(listed)).not.toContain(made.token);
    // The other sharer cannot see the study.
    expect(await (await archive.fetch('/shares', { headers: bearer(keys.north) })).json()).toEqual({ shares: [] });
    for (const id of [made.id, '0123456789abcdef']) {
      for (const method of ['GET', 'DELETE']) {
        expect((await archive.fetch(`/shares/${id}`, { method, headers: bearer(keys.north) })).status).toBe(404);
      }
    }
    for (const body of [
      { expires: '2020-01-01' },
      { expires: 'soon' },
      { uses: 0 },
      { permission: 'all' },
      { passphrase: 'short' },
      { note: 7 },
      { colour: 'red' },
    ]) {
      expect((await archive.fetch(`${STUDY}/shares`, sent(body, bearer(keys.sharer)))).status).toBe(400);
    }
  });
});

beforeEach(() => {
  vi.useRealTimers();
});
