import { describe, expect, it } from 'vitest';
import type { ParsedInstance } from '../../../../src/dicom/instance/instance-reader';
import {
  attribute,
  BIG_ENDIAN,
  concat,
  EXPLICIT,
  element,
  encapsulated,
  failure,
  file,
  IMPLICIT,
  identified,
  image,
  implicitFile,
  implicitVR,
  item,
  jpegFile,
  latin1,
  meta,
  part10,
  read,
  sequenceEnd,
  UIDS,
  UNDEFINED,
  u16,
  u32,
} from '../build';

const NEXT = element(0x00420010, 'ST', 'next');

/** Reads in pieces of several sizes, and checks that the JSON is valid and that the next element has been read. */
function readOdd(bytes: Uint8Array, next = true): ParsedInstance {
  const parsed = read(bytes);
  JSON.parse(parsed.json.replaceAll('\u0001', ''));
  for (const size of [1, 5, 64]) expect(read(bytes, {}, size)).toEqual(parsed);
  if (next) expect(attribute(parsed, '00420010')).toEqual({ vr: 'ST', Value: ['next'] });
  return parsed;
}

describe('lengths (PS3.5 7.1.1)', () => {
  it.each([
    ['text', element(0x00400280, 'ST', latin1('odd'))],
    ['bytes', element(0x00411001, 'OB', new Uint8Array(3))],
    ['a long value', element(0x00411001, 'OB', new Uint8Array(5001))],
    ['a sequence', element(0x00400260, 'SQ', item(element(0x00080100, 'SH', latin1('odd'))))],
  ])('%s of odd length is kept with a warning', (_, bytes) => {
    const parsed = readOdd(file(bytes, NEXT));
    expect(new Set(parsed.warnings.map(({ reason }) => reason))).toEqual(new Set(['odd-length']));
  });

  it('fragments of odd length are kept with a warning', () => {
    const parsed = read(jpegFile(...image(), encapsulated([], [latin1('abcde')])));
    expect(parsed.layout.pixels).toMatchObject({ only: { length: 5 } });
    expect(parsed.warnings).toEqual([{ tag: '7FE00010', reason: 'odd-length' }]);
  });

  it.each(['US', 'SS', 'UL', 'SL', 'FL', 'FD', 'AT', 'SV', 'UV'])('%s keeps the complete values', (vr) => {
    const parsed = readOdd(file(element(0x00411001, vr, new Uint8Array(9)), NEXT));
    expect((attribute(parsed, '00411001') as { Value: unknown[] }).Value.length).toBeGreaterThan(0);
    expect(parsed.warnings).toEqual([{ tag: '00411001', reason: 'invalid-value' }]);
  });
});

describe('VRs (PS3.5 6.2, 6.2.2)', () => {
  it.each(['ZZ', '??'])('%s is taken as UN with a warning', (vr) => {
    const length = vr === '??' ? u16([4]) : concat(u16([0]), u32([4]));
    const parsed = readOdd(file(concat(u16([0x0041, 0x1001]), latin1(vr), length, latin1('abcd')), NEXT));
    expect(attribute(parsed, '00411001')).toEqual({ vr: 'UN', InlineBinary: 'YWJjZA==' });
    expect(parsed.warnings).toEqual([{ tag: '00411001', reason: 'unknown-vr' }]);
  });

  it('an implicit element among explicit ones is read with a warning', () => {
    const parsed = readOdd(file(element(0x00201041, 'DS', '1.5 ', implicitVR), NEXT));
    expect(attribute(parsed, '00201041')).toEqual({ vr: 'DS', Value: [1.5] });
    expect(parsed.warnings).toEqual([{ tag: '00201041', reason: 'wrong-encoding' }]);
  });

  it('UN of a standard attribute needs no warning', () => {
    expect(readOdd(file(element(0x00201041, 'UN', '1.5 '), NEXT)).warnings).toEqual([]);
  });

  const items = (content: Uint8Array): Uint8Array => concat(item(content), item(content, { undefined: true }));

  it('UN of a private attribute stays bytes, items or not', () => {
    const parsed = readOdd(file(element(0x00411001, 'UN', items(element(0x00080100, 'SH', 'code', implicitVR))), NEXT));
    expect(attribute(parsed, '00411001')).toMatchObject({ vr: 'UN', InlineBinary: expect.any(String) });
    expect(parsed.warnings).toEqual([]);
  });

  it.each([
    ['short', 'code'],
    ['long', 'x'.repeat(6000)],
  ])('a %s private value of items in implicit VR is a sequence', (_, text) => {
    const content = concat(element(0x00291102, 'UT', text, implicitVR), element(0x00400280, 'ST', 'text', implicitVR));
    const bytes = implicitFile(
      element(0x00291010, 'SQ', items(content), implicitVR),
      element(0x00420010, 'ST', 'next', implicitVR),
    );
    const parsed = readOdd(bytes);
    const sequence = attribute(parsed, '00291010') as { vr: string; Value: Record<string, unknown>[] };
    expect(sequence.vr).toBe('SQ');
    expect(sequence.Value).toHaveLength(2);
    for (const each of sequence.Value) expect(each['00400280']).toEqual({ vr: 'ST', Value: ['text'] });
    expect(parsed.warnings).toEqual([]);
  });

  it('sequences within such a value are read too', () => {
    const inner = element(0x00291102, 'SQ', items(element(0x00400280, 'ST', 'text', implicitVR)), implicitVR);
    const parsed = read(implicitFile(element(0x00291010, 'SQ', items(inner), implicitVR)));
    const outer = attribute(parsed, '00291010') as { Value: { '00291102': { vr: string } }[] };
    expect(outer.Value.map((each) => each['00291102'].vr)).toEqual(['SQ', 'SQ']);
  });

  it.each([
    [
      'begins like items and goes on otherwise',
      concat(item(element(0x00080100, 'SH', 'code', implicitVR)), latin1('no item at all')),
    ],
    ['is an item without valid elements', item(latin1('nothing that could be an element'))],
    ['claims an item that is too long', concat(u16([0xfffe, 0xe000]), u32([500]), new Uint8Array(20))],
  ])('a private value that %s is bytes', (_, value) => {
    const bytes = implicitFile(
      element(0x00291010, 'UN', value, implicitVR),
      element(0x00420010, 'ST', 'next', implicitVR),
    );
    const parsed = readOdd(bytes);
    expect(attribute(parsed, '00291010')).toMatchObject({ vr: 'UN' });
    expect(parsed.warnings.filter(({ tag }) => tag === '00291010')).toEqual([]);
  });
});

describe('byte order', () => {
  it('is detected from the first element when the transfer syntax is wrong', () => {
    const big = { big: true };
    const parsed = readOdd(part10(EXPLICIT, identified([element(0x00420010, 'ST', 'next', big)], big)));
    expect(parsed.warnings).toEqual([{ tag: '00080016', reason: 'wrong-encoding' }]);
    const little = readOdd(part10('1.2.840.10008.1.2.2', identified([NEXT])));
    expect(little.warnings).toEqual([{ tag: '00080016', reason: 'wrong-encoding' }]);
  });
});

describe('structure (PS3.5 7.5)', () => {
  it('an item outside a sequence is left out with a warning', () => {
    const parsed = readOdd(file(item(element(0x00080100, 'SH', 'code')), NEXT));
    expect(parsed.elements.has('00080100')).toBe(false);
    expect(parsed.warnings).toEqual([{ tag: '0020000E', reason: 'unexpected-item' }]);
  });

  it.each([
    ['explicit', {}],
    ['implicit', implicitVR],
    ['big-endian', { big: true }],
  ] as const)('a command set before an %s data set is left out with a warning', (_name, form) => {
    const command = concat(
      element(0x00000000, 'UL', u32([20]), implicitVR),
      element(0x00000100, 'US', u16([1]), implicitVR),
      element(0x00000700, 'US', u16([0]), implicitVR),
    );
    const syntax = form === implicitVR ? IMPLICIT : 'big' in form ? BIG_ENDIAN : EXPLICIT;
    const next = element(0x00420010, 'ST', 'next', form);
    const parsed = readOdd(part10(syntax, concat(command, identified([next], form))));
    expect(parsed.elements.has('00000100')).toBe(false);
    expect(attribute(parsed, '00080018')).toMatchObject({ Value: [UIDS.sop] });
    expect(parsed.warnings).toEqual([{ tag: '00000000', reason: 'unexpected-item' }]);
  });

  it('a command set with VRs is left out too; zeros are none', () => {
    const command = element(0x00000100, 'US', u16([1]));
    expect(attribute(readOdd(part10(EXPLICIT, concat(command, identified([NEXT])))), '00080018')).toMatchObject({
      Value: [UIDS.sop],
    });
    expect(failure(() => read(part10(EXPLICIT, concat(new Uint8Array(64), identified([])))))).toMatchObject({
      code: 'missing-identity',
    });
  });

  it.each(['LO', 'PN', 'US', 'UI', 'AT', 'ST'])(
    'a UN of undefined length is a sequence, also where PS3.6 says %s',
    (vr) => {
      const tag = { LO: 0x00102201, PN: 0x00401010, US: 0x00281100, UI: 0x00200052, AT: 0x00720052, ST: 0x00404035 }[
        vr
      ]!;
      const items = concat(item(element(0x00080100, 'SH', 'code', implicitVR)), sequenceEnd());
      const sequence = element(tag, 'UN', items, { length: UNDEFINED });
      const parsed = readOdd(
        file(...(tag < 0x00420010 ? [sequence, NEXT] : [NEXT, sequence]), element(0x00880140, 'UI', '1.2')),
      );
      const key = tag.toString(16).padStart(8, '0').toUpperCase();
      expect(attribute(parsed, key)).toMatchObject({
        vr: 'SQ',
        Value: [{ '00080100': { vr: 'SH', Value: ['code'] } }],
      });
      expect(attribute(parsed, '00880140')).toEqual({ vr: 'UI', Value: ['1.2'] });
    },
  );

  it('an unreadable element ends the data set, once the instance is identified', () => {
    const stray = concat(u16([0xfffe, 0xe000]), u32([UNDEFINED]), element(0x00080100, 'SH', 'code'));
    const bytes = file(element(0x00400280, 'ST', 'text'), stray, NEXT);
    const parsed = readOdd(bytes, false);
    expect(attribute(parsed, '00400280')).toEqual({ vr: 'ST', Value: ['text'] });
    expect(parsed.elements.has('00420010')).toBe(false);
    expect(parsed.warnings).toEqual([{ tag: '00400280', reason: 'unreadable' }]);
    expect(failure(() => read(part10(EXPLICIT, concat(stray, identified([])))))).toMatchObject({ code: 'malformed' });
  });

  it('an unusable identifier is never replaced by that of the meta information', () => {
    const group = meta(EXPLICIT, [element(0x00020002, 'UI', '1.2'), element(0x00020003, 'UI', '1.3')]);
    const late = [
      element(0x0020000d, 'UI', '1.4'),
      element(0x0020000e, 'UI', '1.5'),
      element(0x00080018, 'UI', '../1'),
    ];
    const bytes = concat(new Uint8Array(128), latin1('DICM'), group, ...late);
    expect(failure(() => read(bytes))).toEqual({ code: 'malformed', tag: '00080018' });
  });

  it('keeps the items before an unreadable one', () => {
    const bad = item(element(0x00080100, 'SH', 'code', { length: 400 }));
    const items = concat(item(element(0x00080100, 'SH', 'good')), bad, sequenceEnd());
    const parsed = readOdd(file(element(0x00400260, 'SQ', items, { length: UNDEFINED }), NEXT), false);
    expect(attribute(parsed, '00400260')).toMatchObject({ Value: [{ '00080100': { vr: 'SH', Value: ['good'] } }, {}] });
    expect(parsed.warnings).toEqual([{ tag: '00080100', reason: 'unreadable' }]);
  });

  it('keeps the pixel data before bytes that are not a fragment', () => {
    const pixels = concat(item(new Uint8Array(0)), item(latin1('abcd')), u16([0xfffe, 0xe000]), u32([UNDEFINED]));
    const bytes = jpegFile(...image(), element(0x7fe00010, 'OB', pixels, { length: UNDEFINED }));
    const parsed = readOdd(bytes, false);
    expect(parsed.layout.pixels).toMatchObject({ kind: 'encapsulated', frames: 1, only: { length: 4 } });
    expect(parsed.warnings).toEqual([{ tag: '7FE00010', reason: 'unreadable' }]);
  });
});
