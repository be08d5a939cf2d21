import { describe, expect, it } from 'vitest';
import { InstanceReader } from '../../../../src/dicom/instance/instance-reader';
import {
  bigEndian,
  bigEndianFile,
  concat,
  EXPLICIT,
  element,
  encapsulated,
  failure,
  file,
  identified,
  image,
  implicitFile,
  implicitVR,
  item,
  jpegFile,
  latin1,
  part10,
  read,
  sequenceEnd,
  UIDS,
  UNDEFINED,
  u16,
  u32,
} from '../build';

describe('Part 10 (PS3.10 7.1)', () => {
  it('yields identity, transfer syntax and metadata', () => {
    const parsed = read(file(element(0x00200013, 'IS', '7')));
    expect(parsed).toMatchObject({
      transferSyntaxUID: EXPLICIT,
      sopClassUID: UIDS.sopClass,
      sopInstanceUID: UIDS.sop,
      studyInstanceUID: UIDS.study,
      seriesInstanceUID: UIDS.series,
      warnings: [],
      layout: { object: 'dcm' },
    });
    expect(JSON.parse(parsed.json)).toEqual({
      '00080016': { vr: 'UI', Value: [UIDS.sopClass] },
      '00080018': { vr: 'UI', Value: [UIDS.sop] },
      '00083002': { vr: 'UI', Value: [EXPLICIT] },
      '0020000D': { vr: 'UI', Value: [UIDS.study] },
      '0020000E': { vr: 'UI', Value: [UIDS.series] },
      '00200013': { vr: 'IS', Value: [7] },
    });
    expect(parsed.elements.has('00083002')).toBe(false);
  });

  it('does not trust the group length', () => {
    const group = concat(element(0x00020000, 'UL', u32([4])), element(0x00020010, 'UI', EXPLICIT));
    const parsed = read(concat(new Uint8Array(128), latin1('DICM'), group, identified([])));
    expect(parsed.sopInstanceUID).toBe(UIDS.sop);
    expect(parsed.warnings).toEqual([{ tag: '00020000', reason: 'wrong-meta' }]);
  });

  it('refuses transfer syntaxes that encode no data set', () => {
    expect(failure(() => read(part10('1.2.840.10008.1.2.6.1', identified([]))))).toEqual({
      code: 'unsupported-transfer-syntax',
      tag: '00020010',
    });
  });

  it('reads an unknown transfer syntax as explicit little endian', () => {
    const parsed = read(part10('1.2.826.99', identified([...image(), encapsulated([], [Uint8Array.of(1, 2)])])));
    expect(parsed.transferSyntaxUID).toBe('1.2.826.99');
    expect(parsed.layout.pixels).toMatchObject({ kind: 'encapsulated', frames: 1 });
  });

  it('keeps failing once it has failed', () => {
    const reader = new InstanceReader();
    expect(failure(() => reader.push(new Uint8Array(200))).code).toBe('not-part10');
    expect(failure(() => reader.push(file())).code).toBe('not-part10');
    expect(failure(() => reader.end()).code).toBe('not-part10');
  });
});

describe('chunks', () => {
  const nested = item(concat(element(0x00080100, 'SH', 'code'), element(0x00080104, 'LO', 'meaning')));
  const files: Record<string, Uint8Array> = {
    explicit: file(
      element(0x00200010, 'SH', 'ID'),
      element(0x00400260, 'SQ', concat(nested, nested)),
      element(0x00420011, 'OB', new Uint8Array(5000)),
      ...image(),
      element(0x7fe00010, 'OW', new Uint8Array(8)),
    ),
    implicit: implicitFile(element(0x00280103, 'US', u16([1]), implicitVR)),
    'big-endian': bigEndianFile(element(0x00200010, 'SH', 'ID', bigEndian)),
    encapsulated: jpegFile(...image({ frames: '2' }), encapsulated([0, 14], [latin1('abcdef'), latin1('ghij')])),
    undefined: file(
      element(0x00400260, 'SQ', concat(item(element(0x00080100, 'SH', 'x'), { undefined: true }), sequenceEnd()), {
        length: UNDEFINED,
      }),
    ),
  };

  it.each(Object.keys(files))('%s: chunks of any size give the same result', (name) => {
    const bytes = files[name]!;
    const whole = read(bytes);
    for (let size = 1; size < Math.min(bytes.length, 300); size++) expect(read(bytes, {}, size)).toEqual(whole);
  });

  it('keeps no reference to its input', () => {
    const bytes = files.explicit!;
    const reader = new InstanceReader();
    for (let at = 0; at < bytes.length; at += 7) {
      const chunk = bytes.slice(at, at + 7);
      reader.push(chunk);
      chunk.fill(0xff);
    }
    expect(reader.end()).toEqual(read(bytes));
  });
});
