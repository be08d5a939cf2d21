import { describe, expect, it } from 'vitest';
import { DicomError } from '../../../src/dicom/errors';
import { CORPUS_ROWS, corpusFile } from '../../support/files/sample-files';
import { read } from './build';

describe.skipIf(CORPUS_ROWS.length === 0)('a corpus of real files', () => {
  it('is read as far as it can be, and refused with a code otherwise', () => {
    const codes: Record<string, number> = {};
    for (const row of CORPUS_ROWS) {
      const path = row[0]!;
      const flaws = row[15] ?? '';
      const bytes = corpusFile(path);
      let code = 'stored';
      try {
        const parsed = read(bytes, {}, 4096);
        JSON.parse(parsed.json.replaceAll('\u0001', ''));
        expect(parsed, path).toEqual(read(bytes));
        for (const [, offset, length] of parsed.layout.object === 'dcm' ? (parsed.layout.bulk ?? []) : []) {
          expect(offset + length, path).toBeLessThanOrEqual(bytes.length);
        }
      } catch (error) {
        expect(error, path).toBeInstanceOf(DicomError);
        ({ code } = error as DicomError);
      }
      const storable = ['', 'short-pixels', 'no-part10'].includes(flaws);
      expect([path, code === 'stored']).toEqual([path, storable]);
      codes[code] = (codes[code] ?? 0) + 1;
    }
    expect(codes).toEqual({ stored: 310, 'missing-identity': 35, 'not-part10': 1, malformed: 1 });
  });
});
