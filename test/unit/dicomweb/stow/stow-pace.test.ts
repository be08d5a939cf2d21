import { describe, expect, it } from 'vitest';
import { ClientPace } from '../../../../src/dicomweb/stow/client-pace';

const SECOND = 1000;

/** Sends as often as the list says: bytes, and the milliseconds that the archive waited for them. */
function paceAfter(reads: readonly (readonly [bytes: number, waitedMs: number])[], workMs = 0) {
  const pace = new ClientPace();
  let now = 1_000_000;
  for (const [bytes, waitedMs] of reads) {
    pace.wait(now);
    now += waitedMs;
    pace.arrived(bytes, now);
    now += workMs;
  }
  return { pace, now };
}

describe('the pace of a client', () => {
  it.each<[name: string, isTooSlow: boolean, bytes: number]>([
    ['one byte a second', true, 1],
    ['16,000 bytes a second', true, 16_000],
    ['17,000 bytes a second', false, 17_000],
  ])('%s: too slow %s', (_, isTooSlow, bytes) => {
    const { pace, now } = paceAfter(Array.from({ length: 10 }, () => [bytes, SECOND]));
    expect(pace.isTooSlow(now)).toBe(isTooSlow);
  });

  it('is not known before ten seconds of waiting, and the time in which the archive works does not count', () => {
    const { pace, now } = paceAfter(
      Array.from({ length: 9 }, () => [1, SECOND]),
      60 * SECOND,
    );
    expect(pace.isTooSlow(now)).toBe(false);
    pace.wait(now);
    expect(pace.isTooSlow(now + SECOND)).toBe(true);
  });

  it('is measured again after each ten seconds', () => {
    const { pace, now } = paceAfter([[1, 10 * SECOND]]);
    expect(pace.isTooSlow(now)).toBe(true);
    pace.wait(now);
    pace.arrived(10_000_000, now + 10 * SECOND);
    expect(pace.isTooSlow(now + 10 * SECOND)).toBe(false);
    pace.wait(now + 10 * SECOND);
    expect(pace.isTooSlow(now + 20 * SECOND)).toBe(true);
  });
});
