import { describe, expect, it } from 'vitest';
import { isUID } from '../../../../src/dicom/values/value-checks';
import {
  attribute,
  concat,
  EXPLICIT,
  element,
  file,
  identified,
  implicitFile,
  implicitVR,
  item,
  latin1,
  part10,
  read,
} from '../build';

const TAG = 0x00411001;

/** The reasons of the warnings for one value, which must always appear in JSON. */
function flaws(vr: string, value: string | Uint8Array, set?: string): string[] {
  const before = set === undefined ? [] : [element(0x00080005, 'CS', set)];
  const parsed = read(part10(EXPLICIT, identified([element(TAG, vr, value)], {}, before)));
  JSON.parse(parsed.json.replaceAll('\u0001', ''));
  expect(attribute(parsed, '00411001')).toBeDefined();
  return parsed.warnings.filter(({ tag }) => tag === '00411001').map(({ reason }) => reason);
}

describe('forms of values (PS3.5 table 6.2-1)', () => {
  it.each([
    ['AE', 'STORE SCP_1'],
    ['AS', '018M'],
    ['AS', '090Y\\003D'],
    ['CS', 'A_B 1\\'],
    ['DA', '20240229'],
    ['DA', '20000229'],
    ['DA', '19991231\\20000101'],
    ['DS', '1234567890123456'],
    ['DS', '-1.5E-10'],
    ['DT', '2024'],
    ['DT', '202412'],
    ['DT', '20241231'],
    ['DT', '2024123123'],
    ['DT', '202412312359'],
    ['DT', '20241231235960'],
    ['DT', '20241231235959.123456+1400'],
    ['DT', '2024-0500'],
    ['IS', '2147483647\\-2147483648'],
    ['IS', '+1'],
    ['LO', 'x'.repeat(64)],
    ['LT', 'a\tb\r\nc\fd'],
    ['PN', `${'x'.repeat(64)}=y`],
    ['PN', 'a^b^c^d^e=f^g=h'],
    ['PN', '\\a'],
    ['SH', 'x'.repeat(16)],
    ['ST', 'x'.repeat(1024)],
    ['TM', '23'],
    ['TM', '2359'],
    ['TM', '235960.999999'],
    ['UI', '0.1.23'],
    ['UI', '1'.repeat(64)],
    ['UR', 'http://a/b?c#d'],
    ['UC', 'x'.repeat(100)],
    ['UT', 'x'.repeat(2000)],
  ])('%s %j is valid', (vr, value) => {
    expect(flaws(vr, value)).toEqual([]);
  });

  it.each([
    ['AE', 'x'.repeat(17), 'too-long'],
    ['AE', '\xe9', 'invalid-characters'],
    ['AS', '18M', 'invalid-value'],
    ['AS', '018', 'invalid-value'],
    ['CS', 'x', 'invalid-characters'],
    ['CS', 'A-B', 'invalid-characters'],
    ['CS', 'X'.repeat(17), 'too-long'],
    ['DA', '1993.08.22', 'invalid-value'],
    ['DA', '20230229', 'invalid-value'],
    ['DA', '19000229', 'invalid-value'],
    ['DA', '20241301', 'invalid-value'],
    ['DA', '20240100', 'invalid-value'],
    ['DA', '00000000', 'invalid-value'],
    ['DA', '202401', 'invalid-value'],
    ['DA', '2024010\xb9', 'invalid-value'],
    ['DS', '1234567890.123456', 'too-long'],
    ['DS', 'abc', 'invalid-value'],
    ['DT', '20245', 'invalid-value'],
    ['DT', '202400', 'invalid-value'],
    ['DT', '2024123124', 'invalid-value'],
    ['DT', '20241231235959.1234567', 'invalid-value'],
    ['DT', '20241231235959.123456+14000', 'too-long'],
    ['DT', '20241231 2359', 'invalid-value'],
    ['DT', '2024+1500', 'invalid-value'],
    ['IS', '2147483648', 'invalid-value'],
    ['IS', '-2147483649', 'invalid-value'],
    ['IS', '1.5', 'invalid-value'],
    ['IS', '1234567890123', 'too-long'],
    ['LO', 'x'.repeat(65), 'too-long'],
    ['LO', `ok\\${'x'.repeat(65)}`, 'too-long'],
    ['LO', 'a\tb', 'invalid-characters'],
    ['LT', 'x'.repeat(10_241), 'too-long'],
    ['LT', 'a\x0bb', 'invalid-characters'],
    ['PN', 'x'.repeat(65), 'too-long'],
    ['PN', `a=b=${'x'.repeat(65)}`, 'too-long'],
    ['PN', 'a=b=c=d', 'invalid-value'],
    ['PN', 'a^b^c^d^e^f', 'invalid-value'],
    ['PN', 'a\nb', 'invalid-characters'],
    ['SH', 'x'.repeat(17), 'too-long'],
    ['ST', 'x'.repeat(1025), 'too-long'],
    ['TM', '10:11:12', 'invalid-value'],
    ['TM', '24', 'invalid-value'],
    ['TM', '2360', 'invalid-value'],
    ['TM', '235961', 'invalid-value'],
    ['TM', '235959.', 'invalid-value'],
    ['TM', '235959.1234567', 'invalid-value'],
    ['TM', '235', 'invalid-value'],
    ['TM', '.5', 'invalid-value'],
    ['UI', '1.02', 'invalid-uid'],
    ['UI', '1..2', 'invalid-uid'],
    ['UI', '1.2.', 'invalid-uid'],
    ['UI', 'abc', 'invalid-uid'],
    ['UI', '1'.repeat(65), 'invalid-uid'],
    ['UR', 'http://a/b c', 'invalid-characters'],
    ['UC', 'a\x7fb', 'invalid-characters'],
  ])('%s %j is kept with the warning %s', (vr, value, reason) => {
    expect(flaws(vr, value)).toEqual([reason]);
  });

  it('keeps text that is not a number, and the digits of an integer that JSON cannot hold', () => {
    const parsed = read(
      file(element(TAG, 'IS', '12345678901234567890'), element(TAG + 1, 'IS', '1.5'), element(TAG + 2, 'DS', 'x')),
    );
    expect(attribute(parsed, '00411001')).toEqual({ vr: 'IS', Value: ['12345678901234567890'] });
    expect(attribute(parsed, '00411002')).toEqual({ vr: 'IS', Value: [1.5] });
    expect(attribute(parsed, '00411003')).toEqual({ vr: 'DS', Value: ['x'] });
  });

  it('warns about an attribute once for each reason, at any depth', () => {
    const items = item(concat(element(TAG, 'DA', 'x'), element(TAG + 1, 'DA', 'y')));
    const parsed = read(file(element(0x00400260, 'SQ', concat(items, items, items))));
    expect(parsed.warnings).toEqual([
      { tag: '00411001', reason: 'invalid-value' },
      { tag: '00411002', reason: 'invalid-value' },
    ]);
  });

  it('warns about a hundred attributes at most', () => {
    const many = Array.from({ length: 150 }, (_, index) => element(TAG + index, 'DA', 'x'));
    expect(read(file(...many)).warnings).toHaveLength(100);
  });

  it('warns about a long text that becomes bulk data', () => {
    const parsed = read(implicitFile(element(0x00324000, 'LT', 'x'.repeat(70_000), implicitVR)));
    expect(attribute(parsed, '00324000')).toMatchObject({ vr: 'LT', BulkDataURI: expect.any(String) });
    expect(parsed.warnings).toEqual([{ tag: '00324000', reason: 'too-long' }]);
  });
});

describe('characters (PS3.5 6.1)', () => {
  it.each([
    ['LO', 'J\xe9r\xf4me', 'ISO_IR 100'],
    ['LO', '\xc3\xa9', 'ISO_IR 192'],
    ['PN', '\u001b$B;3\u001b(B', '\\ISO 2022 IR 87'],
    ['SH', latin1('\xc3\xa9'.repeat(16)), 'ISO_IR 192'],
    ['SH', latin1('\xf0\xa0\xae\xb7'.repeat(16)), 'ISO_IR 192'],
  ])('%s %j in %s is valid', (vr, value, set) => {
    expect(flaws(vr, value, set)).toEqual([]);
  });

  it.each([
    ['undeclared', 'J\xe9r\xf4me', ''],
    ['undeclared UTF-8', '\xc3\xa9', 'ISO 2022 IR 6'],
    ['invalid UTF-8', 'J\xe9r\xf4me', 'ISO_IR 192'],
    ['a control character of C1', '\x93quoted\x94', 'ISO_IR 100'],
    ['half a character of GB18030', 'a\x81', 'GB18030'],
    ['an escape sequence that belongs to no set', 'a\u001b%Gb', '\\ISO 2022 IR 87'],
    ['unassigned in the set', '\xff', 'ISO_IR 127'],
  ])('%s: kept with a warning', (_, value, set) => {
    expect(flaws('LO', value, set)).toEqual(['invalid-characters']);
  });
});

describe('isUID (PS3.5 9.1)', () => {
  it.each(['1', '0', '0.0', '2.25.3', '1.2.840.10008.1.2'])('%s is a UID', (uid) => expect(isUID(uid)).toBe(true));
  it.each(['', '.', '1.', '.1', '00', '1.00', '1.2a', ' 1', '1'.repeat(65)])('%j is not a UID', (uid) =>
    expect(isUID(uid)).toBe(false),
  );
});
