import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { ParsedInstance } from '../../../../src/dicom/instance/instance-reader';
import {
  BIG_ENDIAN,
  concat,
  DEFLATED,
  EXPLICIT,
  element,
  type Form,
  failure,
  IMPLICIT,
  identified,
  image,
  implicitFile,
  implicitVR,
  item,
  latin1,
  part10,
  read,
  sequenceEnd,
  UIDS,
  UNDEFINED,
  u16,
  u32,
} from '../build';

/*
 * Attributes behind the pixel data, out of order (PS3.5 7.1). An explicit header has a VR, which shows that it is one. In
 * Implicit VR Little Endian the same attributes are found, and junk behind the pixel data is still junk.
 */

type Make = (form: Form) => Uint8Array[];
const PIXELS = new Uint8Array(8);
const number = (form: Form, ...values: number[]) => u16(values, form.big);
const code = (form: Form) => element(0x00080100, 'SH', 'late', form);

/** Reads it in pieces of several sizes. */
function readEvenly(bytes: Uint8Array): ParsedInstance {
  const parsed = read(bytes);
  for (const size of [1, 7, 64, 4096]) if (bytes.length / size < 20_000) expect(read(bytes, {}, size)).toEqual(parsed);
  return parsed;
}

function behind(make: Make, syntax = IMPLICIT): ParsedInstance {
  const form = { implicit: syntax === IMPLICIT, big: syntax === BIG_ENDIAN };
  const pixels = element(0x7fe00010, 'OW', PIXELS, form);
  const dataSet = identified([...image({ form }), pixels, ...make(form)], form);
  return readEvenly(part10(syntax, syntax === DEFLATED ? deflateSync(dataSet) : dataSet));
}

const found = ({ elements, warnings }: ParsedInstance) => ({
  elements: new Map([...elements].map(([tag, text]) => [tag, text.replace(/"vr":"O[BW]"/, '"vr":"O"')])),
  warnings,
});

const CASES: Record<string, Make> = {
  texts: (form) => [element(0x00081030, 'LO', 'behind', form), element(0x00321060, 'LO', 'late procedure', form)],
  'the patient': (form) => [element(0x00100010, 'PN', 'Late^Name', form), element(0x00100020, 'LO', 'LATEID', form)],
  numbers: (form) => [
    element(0x00280106, 'US', number(form, 5), form),
    element(0x00280107, 'US', number(form, 9), form),
  ],
  'a short text at the end': (form) => [element(0x00080060, 'CS', 'CT', form)],
  'empty values': (form) => [element(0x00080090, 'PN', '', form), element(0x00080050, 'SH', '', form)],
  'texts of odd length': (form) => [element(0x00081030, 'LO', latin1('behind!'), form)],
  'values that end the file': (form) => [element(0x00280106, 'US', number(form, 5), form)],
  'duplicates, of which the first counts': (form) => [
    element(0x00280010, 'US', number(form, 7), form),
    element(0x00080018, 'UI', '1.2.99', form),
    element(0x7fe00010, 'OW', new Uint8Array(100_000), form),
    element(0x00081030, 'LO', 'behind', form),
  ],
  'a sequence of undefined length': (form) => [
    element(0x00081032, 'SQ', concat(item(code(form), { undefined: true, big: !!form.big }), sequenceEnd(form.big)), {
      ...form,
      length: UNDEFINED,
    }),
    element(0x00081030, 'LO', 'behind', form),
  ],
  'an empty sequence of undefined length': (form) => [
    element(0x00081032, 'SQ', sequenceEnd(form.big), { ...form, length: UNDEFINED }),
    element(0x00081030, 'LO', 'behind', form),
  ],
  'a sequence of known length': (form) => [
    element(0x00081032, 'SQ', item(code(form), { big: !!form.big }), form),
    element(0x00081030, 'LO', 'behind', form),
  ],
  'group lengths': (form) => [
    element(0x00080000, 'UL', u32([14], form.big), form),
    element(0x00081030, 'LO', 'behind', form),
    element(0x00100000, 'UL', u32([14], form.big), form),
    element(0x00100020, 'LO', 'LATEID', form),
  ],
  'a long overlay': (form) => [
    element(0x60003000, 'OW', new Uint8Array(70_000), form),
    element(0x00081030, 'LO', 'behind', form),
  ],
  'a long overlay at the end': (form) => [element(0x60003000, 'OW', new Uint8Array(70_000), form)],
  'zeros after them': (form) => [element(0x00081030, 'LO', 'behind', form), new Uint8Array(40)],
  'text after them': (form) => [element(0x00081030, 'LO', 'behind', form), latin1('no element, not at all')],
};

describe.each(Object.entries(CASES))('behind pixel data in Implicit VR Little Endian: %s', (_, make) => {
  it.each([EXPLICIT, BIG_ENDIAN, DEFLATED])('are read as in %s', (syntax) => {
    const implicit = behind(make);
    expect(found(implicit)).toEqual(found(behind(make, syntax)));
    expect(implicit.warnings.length).toBeGreaterThan(0);
  });
});

describe('behind pixel data in Implicit VR Little Endian', () => {
  it('private attributes in a reserved block are read, others are not', () => {
    const value = element(0x00091001, 'UN', 'private', implicitVR);
    const next = element(0x00081030, 'LO', 'behind', implicitVR);
    const { elements } = behind(() => [element(0x00090010, 'LO', 'CREATOR', implicitVR), value, next]);
    expect(elements.get('00090010')).toBe('{"vr":"LO","Value":["CREATOR"]}');
    expect(elements.get('00091001')).toContain('"InlineBinary"');
    expect(elements.get('00081030')).toContain('behind');
    const lone = behind(() => [value, next]);
    expect(lone.elements.has('00091001')).toBe(false);
    expect(lone.warnings).toEqual([{ tag: '7FE00010', reason: 'trailing-data' }]);
  });

  it('a UID of the identity may be there', () => {
    const others = [
      element(0x00080016, 'UI', UIDS.sopClass, implicitVR),
      element(0x00080018, 'UI', UIDS.sop, implicitVR),
      element(0x0020000e, 'UI', UIDS.series, implicitVR),
      ...image({ form: implicitVR }),
      element(0x7fe00010, 'OW', PIXELS, implicitVR),
    ];
    const parsed = readEvenly(part10(IMPLICIT, concat(...others, element(0x0020000d, 'UI', '1.2.77', implicitVR))));
    expect(parsed.studyInstanceUID).toBe('1.2.77');
    expect(failure(() => read(part10(IMPLICIT, concat(...others)))).code).toBe('missing-identity');
  });

  it('the part of the last text that is present is kept', () => {
    const make: Make = (form) => [element(0x00081030, 'LO', 'behind the pixels', form).subarray(0, 16)];
    expect(found(behind(make))).toEqual({
      ...found(behind((form) => [element(0x00081030, 'LO', 'behind t', form)])),
      warnings: [
        { tag: '00081030', reason: 'out-of-order' },
        { tag: '00081030', reason: 'truncated' },
      ],
    });
  });
});

describe('several kinds of pixel data in Implicit VR Little Endian', () => {
  const OTHERS: [string, number, string][] = [
    ['float', 0x7fe00008, 'OF'],
    ['double float', 0x7fe00009, 'OD'],
  ];
  it.each(OTHERS)('attributes behind %s pixel data are read, and junk is not', (_, tag, vr) => {
    const make = (form: Form) => [...image({ form }), element(tag, vr, new Uint8Array(64), form)];
    const late = element(0x00081030, 'LO', 'behind', implicitVR);
    expect(readEvenly(implicitFile(...make(implicitVR), late)).elements.get('00081030')).toContain('behind');
    const junk = readEvenly(implicitFile(...make(implicitVR), u16([0x7fff, 0x7ffe, 9, 9, 9, 9])));
    expect(junk.warnings.at(-1)?.reason).toBe('trailing-data');
  });

  it.each(OTHERS)('%s pixel data behind integer pixel data is read as in Explicit VR', (_, tag, vr) => {
    const make: Make = (form) => [element(tag, vr, new Uint8Array(64), form)];
    expect(found(behind(make))).toEqual(found(behind(make, EXPLICIT)));
    expect(behind(make).elements.has(tag.toString(16).toUpperCase())).toBe(true);
  });

  it('pixel data behind an attribute of a higher group is read as in Explicit VR', () => {
    const pixels = (form: Form) => element(0x7fe00010, 'OW', PIXELS, form);
    const high = (form: Form) => element(0xfffafffa, 'SQ', item(code(form)), form);
    const parsed = readEvenly(implicitFile(...image({ form: implicitVR }), high(implicitVR), pixels(implicitVR)));
    expect(parsed.layout.pixels).toMatchObject({ kind: 'native', length: 8 });
    expect(parsed.warnings).toEqual([{ tag: '7FE00010', reason: 'out-of-order' }]);
  });
});

describe('out of order before the pixel data in Implicit VR Little Endian', () => {
  it.each([
    ['group lengths', 0x00080000],
    ['attributes that the dictionary does not have', 0x00080fff],
  ])('%s do not end the data set', (_, tag) => {
    const late = (form: Form) => [
      element(tag, 'UL', u32([14], form.big), form),
      element(0x00081030, 'LO', 'behind', form),
    ];
    const parsed = readEvenly(
      implicitFile(...image({ form: implicitVR }), ...late(implicitVR), element(0x7fe00010, 'OW', PIXELS, implicitVR)),
    );
    expect(parsed.elements.get('00081030')).toContain('behind');
    expect(parsed.layout.pixels).toMatchObject({ kind: 'native', length: 8 });
  });
});

describe('junk behind pixel data in Implicit VR Little Endian', () => {
  it.each([
    ['samples that look like a date', u16([0x0008, 0x0020, 8, 0, 40, 41, 42, 43, 0x0010, 0x0010, 9, 9])],
    ['samples that look like a number', u16([0x0028, 0x0010, 2, 0, 40, 41, 42, 43, 44, 45, 46, 47])],
    ['samples that look like a number of a wrong length', u16([0x0028, 0x1050, 3, 0, 40, 41, 42, 43, 44, 45])],
    ['samples that look like a sequence', u16([0x0008, 0x1140, 8, 0, 40, 41, 42, 43, 44, 45, 46, 47])],
    ['samples that look like a group length', u16([0x0010, 0x0000, 40, 0, 41, 42, 43, 44, 45, 46, 47, 48])],
    ['samples that look like a long value', concat(u16([0x0028, 0x3006, 8, 2]), new Uint8Array(140_000).fill(7))],
    ['samples that look like an endless value', concat(u16([0x0028, 0x3006, 0, 99]), new Uint8Array(140_000).fill(7))],
  ])('%s are left out', (_, junk) => {
    const bytes = implicitFile(...image({ form: implicitVR }), element(0x7fe00010, 'OW', PIXELS, implicitVR));
    const parsed = readEvenly(concat(bytes, junk));
    expect(parsed.elements).toEqual(read(bytes).elements);
    expect(parsed.layout).toEqual(read(bytes).layout);
    expect(parsed.warnings.at(-1)).toEqual({ tag: '7FE00010', reason: 'trailing-data' });
  });
});
