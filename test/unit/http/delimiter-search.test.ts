import { describe, expect, it } from 'vitest';
import { DelimiterSearch } from '../../../src/http/delimiter-search';
import { ascii } from '../../support/files/part10';
import { seededRandom } from '../../support/seeded-random';

describe('the search for a delimiter', () => {
  it('finds what a plain search finds, in every window', () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const random = seededRandom(seed);
      const boundary = Array.from({ length: 1 + random.below(12) }, () => random.pick(['a', 'b', '-'])).join('');
      const search = new DelimiterSearch(boundary);
      const delimiter = `\r\n--${boundary}`;
      const pieces = ['\r', '\n', '-', 'a', 'b', '\r\n--', delimiter, delimiter.slice(0, -1), delimiter.slice(1)];
      const text = Array.from({ length: random.below(30) }, () => random.pick(pieces)).join('');
      const bytes = ascii(text);
      for (let start = 0; start <= text.length; start += 1) {
        const end = start + random.below(text.length - start + 1);
        const window = text.slice(start, end);
        const at = window.indexOf(delimiter);
        expect(search.indexIn(bytes, start, end), `seed ${seed}`).toBe(at < 0 ? -1 : start + at);
        let begun = Math.min(window.length, delimiter.length - 1);
        while (!window.endsWith(delimiter.slice(0, begun))) begun -= 1;
        expect(search.begunAtEnd(bytes, start, end), `seed ${seed}`).toBe(begun);
        expect(search.dashedAt(bytes, start, end)).toBe(window.startsWith(delimiter.slice(2)));
      }
    }
  });
});
