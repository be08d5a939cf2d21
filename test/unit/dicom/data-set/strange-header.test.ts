import { describe, expect, it } from 'vitest';
import type { ParsedInstance } from '../../../../src/dicom/instance/instance-reader';
import {
  attribute,
  BIG_ENDIAN,
  concat,
  EXPLICIT,
  element,
  identified,
  image,
  item,
  latin1,
  part10,
  read,
  UIDS,
  u16,
  u32,
} from '../build';

/* Explicit headers with a VR that the standard does not define: PS3.5 6.2, 7.1.2. */

const STRANGE = ['--', '??', '  ', '\0\0', '0W', 'ob', 'ut', 'lo', 'us', 'OX', 'ZZ', 'RE', '\xff\xff', '\x01\0', 'O\0'];

const PIXELS = Uint8Array.from({ length: 4 * 6 * 2 }, (_, at) => (at * 29 + 7) & 0xff);

/** The element with `vr` in place of its VR. */
function strange(bytes: Uint8Array, vr: string): Uint8Array {
  const changed = bytes.slice();
  changed.set(latin1(vr), 4);
  return changed;
}

/** Reads in pieces of several sizes. */
function readStrange(bytes: Uint8Array): ParsedInstance {
  const parsed = read(bytes);
  for (const size of bytes.length > 10_000 ? [997] : [1, 64]) expect(read(bytes, {}, size)).toEqual(parsed);
  return parsed;
}

/** The bytes that the layout calls pixel data. */
function pixelsOf(bytes: Uint8Array, { layout: { pixels } }: ParsedInstance): Uint8Array | undefined {
  return pixels?.kind === 'native' ? bytes.slice(pixels.offset, pixels.offset + pixels.length) : undefined;
}

describe.each([
  ['little', EXPLICIT, false],
  ['big', BIG_ENDIAN, true],
] as const)('a strange VR in a %s endian data set', (_name, syntax, big) => {
  const form = { big };
  const us = (tag: number, value: number) => element(tag, 'US', u16([value], big), form);
  const describedImage = [us(0x00280002, 1), us(0x00280010, 4), us(0x00280011, 6), us(0x00280100, 16)];
  const pixels = element(0x7fe00010, 'OW', PIXELS, form);
  const codes = concat(
    item(element(0x00080100, 'SH', 'one', form), { big }),
    item(element(0x00080100, 'SH', 'two', form), { big }),
  );

  it.each(STRANGE)('%j: pixel data has its frames where they are, last or not', (vr) => {
    for (const after of [[], [element(0xfffcfffc, 'OB', new Uint8Array(16), form)]]) {
      const bytes = part10(syntax, identified([...describedImage, strange(pixels, vr), ...after], form));
      const parsed = readStrange(bytes);
      expect(pixelsOf(bytes, parsed)).toEqual(PIXELS);
      expect(parsed.layout.pixels).toMatchObject({ word: big ? 2 : 1 });
    }
  });

  it.each<[string, Uint8Array, unknown]>([
    ['UT', element(0x0018a002, 'UT', 'a text that is long '.repeat(9), form), 'a text'],
    ['empty UT', element(0x0018a002, 'UT', '', form), undefined],
    ['SQ', element(0x00081140, 'SQ', codes, form), { '00080100': { vr: 'SH', Value: ['one'] } }],
    ['LO', element(0x00181030, 'LO', 'protocol', form), 'protocol'],
    ['empty LO', element(0x00181030, 'LO', '', form), undefined],
    ['US', us(0x00280106, 258), 258],
    ['DS', element(0x00281052, 'DS', '-1024', form), -1024],
    ['private OB', element(0x00291010, 'OB', PIXELS, form), 'bytes'],
    ['private LO', element(0x00291010, 'LO', 'private text', form), 'bytes'],
    ['creator of a private block', element(0x00290010, 'LO', 'ACME', form), 'ACME'],
  ])('%s: is read, and the pixel data after it', (_, bytes, value) => {
    const tag = tagOf(bytes, big);
    const others = describedImage.filter((one) => tagOf(one, big) !== tag);
    const before = identified([], form);
    for (const vr of STRANGE) {
      const elements = [strange(bytes, vr), ...others].sort((a, b) => tagOf(a, big) - tagOf(b, big));
      const early = elements.filter((one) => tagOf(one, big) < 0x0020000d);
      const late = elements.filter((one) => tagOf(one, big) > 0x0020000e);
      const split =
        before.length -
        (element(0x0020000d, 'UI', UIDS.study, form).length + element(0x0020000e, 'UI', UIDS.series, form).length);
      const dataSet = concat(before.subarray(0, split), ...early, before.subarray(split), ...late, pixels);
      const all = part10(syntax, dataSet);
      const parsed = readStrange(all);
      expect([vr, pixelsOf(all, parsed)]).toEqual([vr, PIXELS]);
      const found = attribute(parsed, tag.toString(16).toUpperCase().padStart(8, '0')) as { Value?: unknown[] };
      expect([vr, found]).toEqual([vr, expect.anything()]);
      if (value === 'bytes') expect(found).toMatchObject({ vr: 'UN', InlineBinary: expect.any(String) });
      else if (value === 'a text') expect(found.Value).toEqual([expect.stringContaining('a text that is long')]);
      else expect([vr, found.Value?.[0]]).toEqual([vr, value]);
    }
  });

  it.each(STRANGE)('%j: is read in an item, last or not', (vr) => {
    const text = strange(element(0x0040a160, 'UT', 'a long text', form), vr);
    for (const after of [[], [element(0x00420010, 'ST', 'after', form)]]) {
      for (const undefinedLength of [false, true]) {
        const code = item(concat(element(0x00080100, 'SH', 'code', form), text, ...after), {
          undefined: undefinedLength,
          big,
        });
        const sequence = element(0x00400260, 'SQ', concat(code, code), form);
        const parsed = readStrange(part10(syntax, identified([sequence], form)));
        const { Value } = attribute(parsed, '00400260') as { Value: Record<string, { Value: string[] }>[] };
        expect(Value).toHaveLength(2);
        for (const each of Value) {
          expect(each['0040A160']!.Value).toEqual(['a long text']);
          expect(each['00420010']?.Value).toEqual(after.length === 0 ? undefined : ['after']);
        }
      }
    }
  });

  it.each(STRANGE)('%j: is read in the file meta information', (vr) => {
    for (const changed of [0x00020001, 0x00020002, 0x00020010]) {
      const group = [
        element(0x00020001, 'OB', Uint8Array.of(0, 1)),
        element(0x00020002, 'UI', UIDS.sopClass),
        element(0x00020010, 'UI', syntax),
      ].map((one) => (tagOf(one, false) === changed ? strange(one, vr) : one));
      const dataSet = identified([...describedImage, pixels], form);
      const bytes = concat(new Uint8Array(128), latin1('DICM'), ...group, dataSet);
      const parsed = readStrange(bytes);
      expect([changed, parsed.transferSyntaxUID]).toEqual([changed, syntax]);
      expect(pixelsOf(bytes, parsed)).toEqual(PIXELS);
    }
  });
});

function tagOf(bytes: Uint8Array, big: boolean): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getUint16(0, !big) * 0x10000 + view.getUint16(2, !big);
}

it.each(STRANGE)('%j: is read where no element has a VR of the standard', (vr) => {
  const privates = [0x00290010, 0x00291001, 0x00291002, 0x00310010, 0x00311001, 0x00311003].map((tag) =>
    strange(element(tag, 'LO', (tag & 0xffff) === 0x1001 ? '' : 'text'), vr),
  );
  const bytes = part10(EXPLICIT, identified([...privates, element(0x00420010, 'ST', 'after')]));
  const { elements, warnings } = readStrange(bytes);
  expect([...elements.keys()].slice(-7)).toEqual([
    '00290010',
    '00291001',
    '00291002',
    '00310010',
    '00311001',
    '00311003',
    '00420010',
  ]);
  expect(new Set(warnings.map(({ reason }) => reason)).size).toBeLessThan(3);
});

describe('a value that is too long to look behind it', () => {
  // As a tag, these samples would ascend, and they hold no VR.
  const long = new Uint8Array(70_000).fill(0xf1);
  const described = image({ bits: 16 });
  const pixels = element(0x7fe00010, 'OW', long);
  const fileOf = (...elements: Uint8Array[]) => part10(EXPLICIT, identified([...described, ...elements]));
  const padding = element(0xfffcfffc, 'OB', new Uint8Array(16));

  it.each(STRANGE)('%j: keeps its frames when an element or the end comes after it', (vr) => {
    for (const after of [[], [padding]]) {
      const bytes = fileOf(strange(pixels, vr), ...after);
      const parsed = readStrange(bytes);
      expect(pixelsOf(bytes, parsed)).toEqual(long);
    }
  });

  it.each([
    ['is cut short', (bytes: Uint8Array) => bytes.subarray(0, -400)],
    ['is followed by what is no element', (bytes: Uint8Array) => concat(bytes, long.subarray(0, 400))],
    [
      'has another length',
      (bytes: Uint8Array) => {
        const changed = bytes.slice();
        changed.set(u32([long.length - 1000]), bytes.length - long.length - 4);
        return changed;
      },
    ],
  ])('has no frames when it %s', (_, change) => {
    const parsed = readStrange(change(fileOf(strange(pixels, '--'))));
    expect(parsed.layout).toEqual({ object: 'dcm' });
    expect(parsed.elements.has('7FE00010')).toBe(false);
    expect(attribute(parsed, '00280010')).toEqual({ vr: 'US', Value: [2] });
    expect(parsed.warnings).toContainEqual({ tag: '7FE00010', reason: 'unreadable' });
  });

  it('keeps implicit pixel data among explicit elements', () => {
    const implicit = element(0x7fe00010, 'OW', long, { implicit: true });
    for (const after of [[], [padding]]) {
      const bytes = fileOf(implicit, ...after);
      const parsed = readStrange(bytes);
      expect(pixelsOf(bytes, parsed)).toEqual(long);
      expect(parsed.warnings).toContainEqual({ tag: '7FE00010', reason: 'wrong-encoding' });
    }
  });
});

describe('pixel data whose header fits in no way', () => {
  it('has no frames; everything before it is kept', () => {
    const pixels = concat(u16([0x7fe0, 0x0010]), latin1('--'), u16([0x1234]), PIXELS);
    const parsed = readStrange(part10(EXPLICIT, identified([...image({ bits: 16 }), pixels])));
    expect(parsed.layout).toEqual({ object: 'dcm' });
    expect(attribute(parsed, '00280011')).toEqual({ vr: 'US', Value: [4] });
  });
});
