import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../../viewer/ohif/failed-words.mjs';

const STUDIES = 'https://pacs.test/dicomweb/studies';

describe('a request of OHIF that failed', () => {
  it("gives the archive's reason, or what is known without one", () => {
    expect(wordsOf(423, 'The study is under legal hold.', STUDIES)).toBe('The study is under legal hold.');
    expect(wordsOf(0, undefined, '')).toBe('The archive cannot be reached.');
    expect(wordsOf(503, undefined, STUDIES)).toBe('The archive is busy. Try again in a moment.');
    expect(wordsOf(502, undefined, STUDIES)).toBe('The archive answered 502.');
    expect(wordsOf(404, undefined, STUDIES)).toBeUndefined();
  });

  it('says to users what they can do when they are no longer signed in', () => {
    const words = wordsOf(401, 'Sign in, or send a token or an API key.', STUDIES);
    expect(words).toContain('Sign in on another tab of this browser');
  });

  it('gives the reason of a link for somebody outside, which has no sign-in', () => {
    const address = 'https://pacs.test/shares/x/dicomweb/studies';
    expect(wordsOf(401, 'The share is revoked.', address)).toBe('The share is revoked.');
  });
});
