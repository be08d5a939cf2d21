import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { wildcardSQL } from '../../../../src/storage/search/wildcard-sql';
import { type SeededRandom, seededRandom } from '../../../support/seeded-random';

const database = new DatabaseSync(':memory:');
database.exec('CREATE TABLE held (value TEXT)');

/** Whether the database says that a pattern matches a text. */
function matches(text: string | null, pattern: string): boolean {
  database.exec('DELETE FROM held');
  database.prepare('INSERT INTO held VALUES (?)').run(text);
  const { sql, parameters } = wildcardSQL('held.value', pattern);
  expect(parameters.length).toBeLessThanOrEqual(6);
  return database.prepare(`SELECT 1 FROM held WHERE ${sql}`).get(...parameters) !== undefined;
}

/** By the meaning of each character of the pattern: which beginnings of the text it matches. */
function naive(text: string, pattern: string): boolean {
  const characters = Array.from(text);
  let reached = characters.map(() => false);
  reached.unshift(true);
  for (const token of pattern) {
    let before = false;
    reached = reached.map((here, at) => {
      const from = at > 0 && (before as boolean);
      before = here;
      if (token === '*') return here || reached.slice(0, at).includes(true);
      return from && (token === '?' || token === characters[at - 1]);
    });
  }
  return reached.at(-1)!;
}

/** A pattern that is too long for GLOB, of pieces of a text with wildcards between them, so that it often matches. */
function patternFor(text: string, random: SeededRandom): string {
  const characters = Array.from(text, (char) => (random.below(6) === 0 ? '?' : char));
  for (let stars = random.below(5); stars >= 0; stars -= 1) {
    characters.splice(random.below(characters.length + 1), random.below(20), '*');
  }
  if (random.below(4) === 0) characters.splice(random.below(characters.length + 1), 1, 'b');
  return characters.join('');
}

describe('wildcards in a pattern that is too long for GLOB (PS3.4 C.2.2.2.4)', () => {
  it('match what they match by their meaning', () => {
    const random = seededRandom(7);
    let found = 0;
    for (let round = 0; round < 400; round += 1) {
      const letters = random.pick(['a', 'ab', 'aé', 'a[', 'a\u{1f600}*']);
      const text = Array.from({ length: 60 + random.below(60) }, () => random.pick(Array.from(letters))).join('');
      const pattern = patternFor(text, random);
      const expected = naive(text, pattern);
      if (expected) found += 1;
      expect(matches(text, pattern), `${pattern} in ${text}`).toBe(expected);
    }
    expect(found).toBeGreaterThan(100);
    expect(matches(null, `*${'a?'.repeat(30)}*`)).toBe(false);
  });

  it('are found or not in a text of any length, without trying every way to match it', () => {
    const text = 'a'.repeat(24 * 1024);
    for (const [pattern, expected] of [
      [`${'*a'.repeat(400)}*`, true],
      [`${'*?a'.repeat(400)}?`, true],
      [`*${'?'.repeat(10_000)}`, true],
      [`${'*?a'.repeat(400)}?b`, false],
      [`*${'a?'.repeat(30)}b*a`, false],
      [`${'*a?a'.repeat(100)}?b*`, false],
    ] as const) {
      expect(matches(text, pattern), pattern.slice(0, 20)).toBe(expected);
      // The text has every literal, in one case at a place that does not help.
      expect(matches(`b${text}`, pattern), pattern.slice(0, 20)).toBe(expected);
    }
  });
});
