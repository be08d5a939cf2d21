import { describe, expect, it } from 'vitest';
import type { DicomJsonValue } from '../../../../src/dicom/json/json-model';
import { finished, Progress } from '../../../../src/dicom/steps';
import { decimalString } from '../../../../src/dicom/values/decimal-string';
import { encodeValues } from '../../../../src/dicom/values/value-encoder';
import { vrNamed } from '../../../../src/dicom/values/value-representations';
import { seededRandom } from '../../../support/seeded-random';
import { failure } from '../build';

function bytes(vr: string, values: readonly (DicomJsonValue | null)[]): string {
  return Buffer.from(finished(encodeValues(vrNamed(vr), values, '00091001', new Progress()))).toString('hex');
}
function text(vr: string, values: readonly (DicomJsonValue | null)[]): string {
  return Buffer.from(bytes(vr, values), 'hex').toString('utf8');
}

describe('numbers', () => {
  it.each([
    ['US', [0, 65535, '12'], '0000ffff0c00'],
    ['SS', [-1, 32767, '-32768'], 'ffffff7f0080'],
    ['UL', [4294967295, 1], 'ffffffff01000000'],
    ['SL', [-2147483648, '+5'], '0000008005000000'],
    ['UV', ['18446744073709551615', 1], 'ffffffffffffffff0100000000000000'],
    ['SV', ['-9223372036854775808', -1], '0000000000000080ffffffffffffffff'],
    ['FL', [1.5, 'NaN', '-Infinity'], '0000c03f0000c07f000080ff'],
    ['FD', ['inf', '1e3', -0], '000000000000f07f0000000000408f400000000000000080'],
    ['AT', ['0010000D', '7fe00010', 0x00280009], '10000d00e07f100028000900'],
  ] as [string, DicomJsonValue[], string][])('%s %j', (vr, values, hex) => expect(bytes(vr, values)).toBe(hex));

  it.each([
    ['US', [65536]],
    ['US', [-1]],
    ['SS', [32768]],
    ['UL', [1.5]],
    ['SL', ['2147483648']],
    ['UV', ['18446744073709551616']],
    ['US', ['0x10']],
    ['US', ['']],
    ['US', [1, null]],
    ['FD', ['one']],
    ['FD', ['constructor']],
    ['FL', [{}]],
    ['AT', ['0010']],
    ['AT', [-1]],
    ['OB', ['AQI=']],
    ['LO', [{}]],
    ['PN', [{ Latin: 'x' }]],
  ] as unknown as [string, DicomJsonValue[]][])('%s cannot hold %j', (vr, values) => {
    expect(failure(() => bytes(vr, values))).toEqual({ code: 'malformed', tag: '00091001' });
  });
});

describe('text', () => {
  it.each([
    ['LO', ['a', null, 'b'], 'a\\\\b'],
    ['LO', [null, null], '\\'],
    ['LO', [null], ''],
    ['SH', [12], '12'],
    ['LT', ['one\\two'], 'one\\two'],
    ['UI', ['1.2', '3'], '1.2\\3'],
    ['PN', [{ Alphabetic: 'A^B' }, { Ideographic: '山' }, { Alphabetic: 'x', Phonetic: 'y' }], 'A^B\\=山\\x==y'],
    ['PN', ['A^B=C', {}], 'A^B=C\\'],
    ['IS', [12, '007', -2147483648], '12\\007\\-2147483648'],
    ['DS', [0.1, '1.50', -0, 1e21], '0.1\\1.50\\-0\\1e21'],
    ['DS', ['0.123456789012345678901'], '0.123456789012345678901'],
    ['US', [], ''],
    ['OB', [null], ''],
  ] as [string, DicomJsonValue[], string][])('%s %j', (vr, values, expected) =>
    expect(text(vr, values)).toBe(expected),
  );

  it('of a VR without character sets keeps the bytes from which it was read', () => {
    expect(bytes('CS', ['é'])).toBe('e9');
    expect(bytes('CS', ['山'])).toBe('e5b1b1');
    expect(bytes('LO', ['é'])).toBe('c3a9');
  });
});

describe('decimal strings', () => {
  it.each([
    [0.1 + 0.2, '0.3'],
    [1 / 3, '0.33333333333333'],
    [-1 / 3, '-0.3333333333333'],
    [1.2345678901234e-7, '1.23456789012e-7'],
    [Number.MAX_VALUE, '1.79769313e308'],
    [-5e-324, '-5e-324'],
    [123456789012345680, '1.23456789012e17'],
    [12345.678901234567, '12345.6789012346'],
  ])('%d is %s', (value, expected) => expect(decimalString(value)).toBe(expected));

  it('lose no digits when sixteen characters suffice, and otherwise as few as possible', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 20_000; round++) {
      const value = (random.next() - 0.5) * 10 ** (random.below(80) - 40);
      const written = decimalString(value);
      expect(written.length).toBeLessThanOrEqual(16);
      if (String(value).length <= 16) expect(Number(written)).toBe(value);
      // Sign, point, and an exponent of four characters leave ten digits.
      expect(Math.abs(Number(written) - value)).toBeLessThanOrEqual(Math.abs(value) * 5e-10);
    }
  });
});

describe('a value of many parts', () => {
  it('is encoded in pieces, and as in one piece', () => {
    const texts = Array.from({ length: 20_000 }, (_, at) => (at % 7 === 0 ? null : `${at}`));
    const steps = encodeValues(vrNamed('IS'), texts, '00091001', new Progress());
    let pieces = 1;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) pieces += 1;
    expect(pieces).toBeGreaterThan(5);
    expect(Buffer.from(step.value).toString()).toBe(texts.map((text) => text ?? '').join('\\'));
  });

  it('has one encoding for all of its characters', () => {
    const value = (texts: string[]) =>
      Buffer.from(finished(encodeValues(vrNamed('CS'), texts, '00091001', new Progress())));
    const many = Array.from({ length: 10_000 }, () => '\u00e9');
    expect(value(many)).toEqual(Buffer.from(many.join('\\'), 'latin1'));
    const wide = [...many, '\u4e2d'];
    expect(value(wide)).toEqual(Buffer.from(wide.join('\\'), 'utf8'));
  });
});
