import { beforeEach, describe, expect, it } from 'vitest';
import { type Session, type Sessions, SIGN_IN_MS } from '../../src/archive/access/sessions';

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

const session = (id: string, more: Partial<Session> = {}): Session => ({
  id,
  principal: 'https://id.example.org|anna',
  name: 'Anna',
  roles: ['reader', 'uploader'],
  tokens: 'sealed',
  begunAt: NOW,
  seenAt: NOW,
  endsAt: NOW + 60 * MINUTE,
  renewAt: NOW + MINUTE,
  ...more,
});

/** What archive/access/sessions.ts says of Sessions. */
export function sessionsContract(name: string, open: () => Sessions): void {
  describe(`Sessions: ${name}`, () => {
    let sessions: Sessions;
    beforeEach(() => {
      sessions = open();
    });

    it('finds a session until it is ended', async () => {
      const { name: _name, renewAt: _renewAt, ...plain } = session('b');
      await sessions.begin(session('a'));
      await sessions.begin(plain);
      expect(await sessions.find('a')).toEqual(session('a'));
      expect(await sessions.find('b')).toEqual(plain);
      await sessions.end('a');
      expect(await sessions.find('a')).toBeUndefined();
      expect(await sessions.find('b')).toEqual(plain);
    });

    it('notes the latest use', async () => {
      await sessions.begin(session('a'));
      await sessions.noteUse('a', NOW + 5);
      await sessions.noteUse('a', NOW + 3);
      expect(await sessions.find('a')).toEqual(session('a', { seenAt: NOW + 5 }));
    });

    it('lets one claimant renew the tokens when they are due, and another one when its claim has ended', async () => {
      await sessions.begin(session('a'));
      const claim = (claimant: string, at: number) => sessions.claimRenewal('a', claimant, NOW + at, NOW + at + 10_000);
      expect(await claim('one', MINUTE - 1)).toBe(false);
      expect(await claim('one', MINUTE)).toBe(true);
      expect(await claim('other', MINUTE + 9_999)).toBe(false);
      expect(await claim('one', MINUTE + 5_000)).toBe(true);
      expect(await claim('other', MINUTE + 15_000)).toBe(true);
      // The first one comes too late.
      const late = { name: 'Late', roles: [], tokens: 'late' };
      await sessions.renew('a', 'one', late);
      expect(await sessions.find('a')).toEqual(session('a'));
      const renewal = { name: 'Anna B', roles: ['reader'], tokens: 'new', renewAt: NOW + 5 * MINUTE };
      await sessions.renew('a', 'other', renewal);
      expect(await sessions.find('a')).toEqual(session('a', renewal));
      expect(await claim('third', 5 * MINUTE - 1)).toBe(false);
      expect(await claim('third', 5 * MINUTE)).toBe(true);
    });

    it('renews nothing that has been ended, or that cannot be renewed', async () => {
      await sessions.begin(session('a'));
      expect(await sessions.claimRenewal('a', 'one', NOW + MINUTE, NOW + 2 * MINUTE)).toBe(true);
      await sessions.end('a');
      await sessions.renew('a', 'one', { roles: [], tokens: '' });
      expect(await sessions.find('a')).toBeUndefined();
      await sessions.begin(session('b', { renewAt: undefined }));
      expect(await sessions.claimRenewal('b', 'one', NOW + MINUTE, NOW + 2 * MINUTE)).toBe(false);
    });

    it('uses up a state once', async () => {
      expect(await sessions.useState('state', 'one', NOW)).toBe(true);
      expect(await sessions.useState('state', 'other', NOW + 1)).toBe(false);
      expect(await sessions.useState('other state', 'other', NOW)).toBe(true);
    });

    it('forgets what has ended, and nothing else', async () => {
      await sessions.begin(session('old', { endsAt: NOW + 1 }));
      await sessions.begin(session('new', { endsAt: NOW + 2 }));
      await sessions.useState('old', 'one', NOW + 1 - 2 * SIGN_IN_MS);
      await sessions.useState('new', 'one', NOW + 2 - 2 * SIGN_IN_MS);
      await sessions.forgetOld(NOW + 1);
      expect(await sessions.find('old')).toBeUndefined();
      expect(await sessions.find('new')).toBeDefined();
      expect(await sessions.useState('old', 'other', NOW)).toBe(true);
      expect(await sessions.useState('new', 'other', NOW)).toBe(false);
    });
  });
}
