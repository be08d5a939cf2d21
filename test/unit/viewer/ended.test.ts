import { describe, expect, test } from 'vitest';
import { imageFailed } from '../../../viewer/not-shown/image-words.mjs';
import { textsFor } from '../../../viewer/ohif/ended-words.mjs';

const ANNA = { id: 'https://id.example|1', name: 'Anna' };
const LOST = '1 measurement is not stored.';

describe('what the page says when the session has ended', () => {
  test('names what is not stored, and who has to sign in', () => {
    const way = 'Sign in as Anna in another tab, and come back to this one: nothing is lost then.';
    expect(textsFor(LOST, ANNA, undefined)).toEqual([LOST, way]);
    expect(textsFor(undefined, ANNA, undefined)).toEqual([way]);
  });

  test('names another person who has signed in, also one of the same name, or without one', () => {
    const [, other, way] = textsFor(LOST, ANNA, { id: '2', name: 'Ben' });
    expect(other).toBe('Ben is signed in now. This page goes on only for Anna.');
    expect(way).toMatch(/^Sign out in the other tab, sign in as Anna there,/);
    for (const person of [{ id: '2' }, { id: '2', name: 'Anna' }])
      expect(textsFor(LOST, ANNA, person)[1]).toMatch(/^Another person is signed in now\./);
    expect(textsFor(LOST, undefined, ANNA)[1]).toMatch(/only for the person who opened this study\.$/);
  });

  test('says of an image that it is asked for again, and offers no download', () => {
    const { texts, again, files } = imageFailed(
      { status: 401, detail: 'Sign in, or send a token.' },
      undefined as never,
    );
    expect([texts, again, files]).toEqual([
      ['Your session has ended. The image is asked for again when you have signed in.'],
      true,
      undefined,
    ]);
  });
});
