import { describe, expect, it } from 'vitest';
import { withoutMissing } from '../../../../src/storage/search/name-sql';

describe('withoutMissing', () => {
  it.each([
    ['smith *', 'smith'],
    ['smith ** *', 'smith'],
    ['smith*', 'smith*'],
    ['smith * j', 'smith * j'],
    ['smith', 'smith'],
    ['*', '*'],
    [' *', ''],
    ['', ''],
    ['* *', '*'],
  ])('%j becomes %j', (pattern, shorter) => {
    expect(withoutMissing(pattern)).toBe(shorter);
    // The same rule as one expression.
    expect(withoutMissing(pattern)).toBe(pattern.replace(/( \*+)+$/, ''));
  });
});
