import { describe, expect, it } from 'vitest';
import { jsonChunks } from '../../../../src/storage/statements/json-chunks';

const bytes = (text: string) => new TextEncoder().encode(text).length;

describe('records as bound values', () => {
  it('are whole, in order, and each value is below D1’s 2 MB in UTF-8', () => {
    const records = Array.from({ length: 3000 }, (_, at) => ({ at, name: 'é検'.repeat(at % 400) }));
    const chunks = jsonChunks(records);
    expect(chunks.flatMap(({ json }) => JSON.parse(json))).toEqual(records);
    expect(chunks.flatMap(({ records: some }) => some)).toEqual(records);
    for (const { json } of chunks) expect(bytes(json)).toBeLessThanOrEqual(1_000_001);
    expect(chunks.length).toBeLessThan(5);
  });

  it('a long record stands alone', () => {
    const long = { text: 'x'.repeat(1_500_000) };
    expect(jsonChunks([{ a: 1 }, long, { b: 2 }]).map(({ records }) => records)).toEqual([
      [{ a: 1 }],
      [long],
      [{ b: 2 }],
    ]);
  });

  it('no records give no value', () => {
    expect(jsonChunks([])).toEqual([]);
  });
});
