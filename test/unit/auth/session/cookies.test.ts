import { describe, expect, it } from 'vitest';
import { cookieOf, SESSION_COOKIE } from '../../../../src/auth/session/cookies';

describe('cookieOf', () => {
  it('finds a cookie among others, without the white space around it', () => {
    expect(cookieOf(`a=b; ${SESSION_COOKIE}=secret ; c=d`, SESSION_COOKIE)).toBe('secret');
    expect(cookieOf(`\t${SESSION_COOKIE}=x=y`, SESSION_COOKIE)).toBe('x=y');
    expect(cookieOf('a=b', SESSION_COOKIE)).toBeUndefined();
    expect(cookieOf(undefined, SESSION_COOKIE)).toBeUndefined();
  });

  it.each(['\u2000', '\u00a0', '\u3000', '\ufeff', '\u000b', '\u000c'])(
    'does not take %j before a name for white space: a browser would let any host set such a cookie',
    (space) => {
      expect(cookieOf(`${space}${SESSION_COOKIE}=planted`, SESSION_COOKIE)).toBeUndefined();
    },
  );
});
