import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { InstanceReader, type ParsedInstance } from '../../../../src/dicom/instance/instance-reader';
import { seededRandom } from '../../../support/seeded-random';
import {
  BIG_ENDIAN,
  bigEndian,
  concat,
  EXPLICIT,
  element,
  encapsulated,
  type Form,
  failure,
  IMPLICIT,
  identified,
  image,
  implicitVR,
  JPEG,
  latin1,
  meta,
  part10,
  RLE,
  read,
  UIDS,
  u16,
  u32,
} from '../build';

const DATA_SETS: readonly [name: string, syntax: string, form: Form][] = [
  ['implicit', IMPLICIT, implicitVR],
  ['explicit', EXPLICIT, {}],
  ['big-endian', BIG_ENDIAN, bigEndian],
];

function dataSet(form: Form, before: readonly Uint8Array[] = []): Uint8Array {
  return identified([element(0x00280010, 'US', u16([512], form.big), form)], form, before);
}

function expectWhole(parsed: ParsedInstance): void {
  expect(parsed).toMatchObject({
    sopClassUID: UIDS.sopClass,
    sopInstanceUID: UIDS.sop,
    studyInstanceUID: UIDS.study,
    seriesInstanceUID: UIDS.series,
  });
  expect(JSON.parse(parsed.json)['00280010']).toEqual({ vr: 'US', Value: [512] });
}

/** The result of reading the file in pieces of any size. */
function readInPieces(bytes: Uint8Array): ParsedInstance {
  const parsed = read(bytes);
  for (const size of [1, 7, 64, 131, 133]) expect(read(bytes, {}, size)).toEqual(parsed);
  return parsed;
}

describe('the bytes before the data set (PS3.10 7.1)', () => {
  it('may be a preamble with any contents', () => {
    const bytes = part10(EXPLICIT, dataSet({}));
    bytes.set(latin1('II*\0DICM'), 0);
    const parsed = readInPieces(bytes);
    expectWhole(parsed);
    expect(parsed.warnings).toEqual([]);
  });

  it.each([
    ['the prefix without a preamble', latin1('DICM')],
    ['neither', new Uint8Array(0)],
  ])('may be %s, with a warning', (_, start) => {
    const parsed = readInPieces(concat(start, meta(EXPLICIT), dataSet({})));
    expectWhole(parsed);
    expect(parsed.transferSyntaxUID).toBe(EXPLICIT);
    expect(parsed.warnings).toEqual([{ tag: '00020000', reason: 'missing-meta' }]);
  });

  it.each(DATA_SETS)('may be nothing at all before an %s data set', (_, syntax, form) => {
    const parsed = readInPieces(dataSet(form));
    expectWhole(parsed);
    expect(parsed.transferSyntaxUID).toBe(syntax);
    expect(parsed.warnings).toEqual([{ tag: '00020010', reason: 'missing-meta' }]);
  });

  it.each(DATA_SETS)('may be nothing before an %s data set with group lengths', (_, syntax, form) => {
    const length = element(0x00080000, 'UL', u32([60], form.big), form);
    const parsed = readInPieces(dataSet(form, [length]));
    expectWhole(parsed);
    expect(parsed.transferSyntaxUID).toBe(syntax);
  });

  it.each(DATA_SETS)('may lack the transfer syntax of an %s data set', (_, syntax, form) => {
    const group = element(0x00020002, 'UI', UIDS.sopClass);
    const parsed = readInPieces(concat(new Uint8Array(128), latin1('DICM'), group, dataSet(form)));
    expectWhole(parsed);
    expect(parsed.transferSyntaxUID).toBe(syntax);
    expect(parsed.warnings).toEqual([{ tag: '00020010', reason: 'missing-meta' }]);
  });

  it('may name a transfer syntax that is not a UID', () => {
    const parsed = readInPieces(part10('JPEG!', dataSet({})));
    expectWhole(parsed);
    expect(parsed.transferSyntaxUID).toBe(EXPLICIT);
    expect(parsed.warnings[0]).toEqual({ tag: '00020010', reason: 'wrong-meta' });
  });

  it.each([
    ['big-endian', bigEndian],
    ['implicit', implicitVR],
  ])('may be %s meta information', (_, form) => {
    const group = concat(
      element(0x00020000, 'UL', u32([26], form.big), form),
      element(0x00020010, 'UI', IMPLICIT, form),
    );
    const parsed = readInPieces(concat(new Uint8Array(128), latin1('DICM'), group, dataSet(implicitVR)));
    expectWhole(parsed);
    expect(parsed.transferSyntaxUID).toBe(IMPLICIT);
    expect(parsed.warnings[0]).toEqual({ tag: '00020000', reason: 'wrong-meta' });
  });

  it('warns when it names another instance', () => {
    const group = meta(EXPLICIT, [element(0x00020002, 'UI', UIDS.sopClass), element(0x00020003, 'UI', '1.2.3.99')]);
    const parsed = read(concat(new Uint8Array(128), latin1('DICM'), group, dataSet({})));
    expectWhole(parsed);
    expect(parsed.warnings).toEqual([{ tag: '00020003', reason: 'wrong-meta' }]);
  });

  it('must name the transfer syntax when the data set does not show it', () => {
    const before = concat(new Uint8Array(128), latin1('DICM'), element(0x00020002, 'UI', '1.2'));
    for (const rest of [
      new Uint8Array(0),
      deflateSync(dataSet({})),
      latin1('no data set at all, nothing of the kind'),
    ]) {
      expect(failure(() => read(concat(before, rest)))).toEqual({ code: 'malformed', tag: '00020010' });
    }
  });
});

describe('compressed pixel data without a transfer syntax', () => {
  const jpeg = concat(
    Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 2, 0, 4, 1, 1, 0x11, 0),
    new Uint8Array(20),
    Uint8Array.of(0xff, 0xd9, 0),
  );
  const rle = concat(u32([1, 64, ...new Array<number>(14).fill(0)]), Uint8Array.of(0xf9, 0));
  const compressed = (fragment: Uint8Array): Uint8Array => identified([...image(), encapsulated([], [fragment])]);

  it.each([
    ['JPEG', JPEG, jpeg],
    ['RLE', RLE, rle],
    ['unrecognisable pixel data', EXPLICIT, new Uint8Array(100)],
  ])('%s is recognised by its first bytes', (_, syntax, fragment) => {
    const parsed = readInPieces(compressed(fragment));
    expect(parsed.transferSyntaxUID).toBe(syntax);
    expect(parsed.layout.pixels).toMatchObject({ kind: 'encapsulated', frames: 1 });
    expect(parsed.warnings).toEqual([{ tag: '00020010', reason: 'missing-meta' }]);
  });

  it.each([EXPLICIT, RLE])('takes precedence over %s that the file names', (named) => {
    const parsed = readInPieces(part10(named, compressed(jpeg)));
    expect(parsed.transferSyntaxUID).toBe(JPEG);
    expect(JSON.parse(parsed.json.replaceAll('\u0001', ''))['00083002']).toEqual({ vr: 'UI', Value: [JPEG] });
    expect(parsed.warnings).toEqual([{ tag: '00020010', reason: 'wrong-meta' }]);
  });

  it('keeps a transfer syntax that may be right or is unknown', () => {
    for (const named of ['1.2.840.10008.1.2.4.51', '1.2.826.99']) {
      const parsed = read(part10(named, compressed(jpeg)));
      expect(parsed.transferSyntaxUID).toBe(named);
      expect(parsed.warnings).toEqual([]);
    }
  });
});

describe('a file that is not DICOM', () => {
  const long = (start: string): Uint8Array => concat(latin1(start), latin1('lorem ipsum '.repeat(40)));
  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['zeros', new Uint8Array(400)],
    ['the prefix alone', latin1('DICM')],
    ['text', long('no DICOM at all')],
    ['HTML', long('<!DOCTYPE html><html>')],
    ['JSON', long('{"00080016":{"vr":"UI"}}')],
    ['XML', long('<?xml version="1.0"?>')],
    ['JPEG', long('\xff\xd8\xff\xe0\0\x10JFIF\0')],
    ['PNG', long('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')],
    ['TIFF', long('II*\0\x08\0\0\0')],
    ['ZIP', long('PK\x03\x04\x14\0\0\0\x08\0')],
    ['GZIP', long('\x1f\x8b\x08\0')],
    ['PDF', long('%PDF-1.7')],
    ['BMP', long('BM\x36\0\0\0')],
    ['ICO', long('\0\0\x01\0\x01\0')],
    ['NIfTI', long('\x5c\x01\0\0')],
    ['MP4', long('\0\0\0\x20ftypisom')],
    ['an association request', long('\x01\0\0\0\0\xd1\0\x01')],
    ['a command set', concat(element(0, 'UL', u32([56]), implicitVR), element(0x00000002, 'UI', '1.2', implicitVR))],
  ])('%s is refused', (_, bytes) => {
    expect(failure(() => read(bytes)).code).toBe('not-part10');
  });

  it('is refused after its first 132 bytes', () => {
    expect(failure(() => new InstanceReader().push(new Uint8Array(132))).code).toBe('not-part10');
    expect(failure(() => new InstanceReader().push(latin1('x'.repeat(132)))).code).toBe('not-part10');
  });

  it('is not found in a hundred thousand random beginnings', () => {
    const random = seededRandom(20261124);
    const bytes = new Uint8Array(160);
    for (let count = 0; count < 100_000; count++) {
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = random.below(256);
      expect(failure(() => new InstanceReader().push(bytes)).code).toBe('not-part10');
    }
  });
});
