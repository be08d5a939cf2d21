import { describe, expect, it } from 'vitest';
import { DicomError } from '../../../src/dicom/errors';
import { InstanceReader, type ParsedInstance } from '../../../src/dicom/instance/instance-reader';
import { type SeededRandom, seededRandom } from '../../support/seeded-random';
import {
  bigEndian,
  concat,
  EXPLICIT,
  element,
  encapsulated,
  type Form,
  identified,
  image,
  implicitVR,
  item,
  latin1,
  meta,
  part10,
  u16,
} from './build';

const VRS = 'AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SS ST SV TM UC UI UL UN UR US UT UV'.split(
  ' ',
);

const SETS = ['', 'ISO_IR 100', 'ISO_IR 192', 'GB18030', 'ISO_IR 13', '\\ISO 2022 IR 87', '\\ISO 2022 IR 149', 'x'];

/** Random bytes; those with a meaning in values are more frequent. */
function bytesOf({ below }: SeededRandom): Uint8Array {
  const special = latin1('0123456789.+-eE^=\\ :DWMY\0\u001b$B(J)I\xe9\xff\x80');
  const plain = below(2) === 0;
  return Uint8Array.from({ length: below(80) }, () =>
    plain || below(8) > 0 ? special[below(special.length)]! : below(256),
  );
}

/** Reads in pieces, and checks everything that is guaranteed for an instance that can be stored. */
function readWhole(bytes: Uint8Array, size: number): ParsedInstance {
  const reader = new InstanceReader({ maxInlineBytes: 64 });
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  const parsed = reader.end();
  JSON.parse(parsed.json.replaceAll('\u0001', ''));
  expect(parsed.warnings.length).toBeLessThanOrEqual(100);
  for (const { tag } of parsed.warnings) expect(tag).toMatch(/^[0-9A-F]{8}$/);
  for (const [, offset, length] of parsed.layout.bulk ?? []) expect(offset + length).toBeLessThanOrEqual(bytes.length);
  return parsed;
}

describe('values with any bytes', () => {
  it('never prevent a file from being stored, whatever their VR and character set', () => {
    const random = seededRandom(20261125);
    let warned = 0;
    for (let count = 0; count < 4000; count++) {
      const set = element(0x00080005, 'CS', SETS[random.below(SETS.length)]!);
      const values = Array.from({ length: 4 }, (_, index) =>
        element(0x00411001 + index, VRS[random.below(VRS.length)]!, bytesOf(random)),
      );
      const bytes = part10(EXPLICIT, identified([...values, element(0x00420010, 'ST', 'next')], {}, [set]));
      const parsed = readWhole(bytes, bytes.length);
      expect(parsed.elements.get('00420010')).toBe('{"vr":"ST","Value":["next"]}');
      for (const tag of ['00411001', '00411002', '00411003', '00411004']) expect(parsed.elements.has(tag)).toBe(true);
      if (count % 8 === 0) expect(readWhole(bytes, 1 + random.below(30))).toEqual(parsed);
      if (parsed.warnings.length > 0) warned++;
    }
    expect(warned).toBeGreaterThan(3000);
  });
});

function content(form: Form): Uint8Array {
  const { big = false } = form;
  const code = element(0x00080100, 'SH', 'code', form);
  return identified(
    [
      element(0x00291010, 'SQ', item(code, { big }), form),
      element(0x00291011, 'UN', latin1('private.'), form),
      element(0x00400260, 'SQ', item(code, { undefined: true, big }), form),
      element(0x00400280, 'ST', u16([0x4141, 0x4242], big), form),
    ],
    form,
  );
}

const WITHOUT: Record<string, Uint8Array> = {
  'an implicit data set alone': content(implicitVR),
  'an explicit one': content({}),
  'a big-endian one': content(bigEndian),
  'no preamble': concat(latin1('DICM'), meta(EXPLICIT), content({})),
  'no prefix': concat(meta(EXPLICIT), content({})),
  'no transfer syntax': concat(new Uint8Array(128), latin1('DICM'), element(0x00020002, 'UI', '1.2'), content({})),
  'compressed pixel data alone': identified([
    ...image(),
    encapsulated([], [Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 2, 0, 4, 1, 1, 0x11, 0, 0)]),
  ]),
};

function mutant(seed: Uint8Array, { below }: SeededRandom): Uint8Array {
  const bytes = seed.slice();
  for (let count = 1 + below(3); count > 0; count--) {
    const at = below(bytes.length);
    if (below(5) === 0) return concat(bytes.slice(0, at), bytes.slice(at + below(9)));
    bytes[at] = below(3) === 0 ? 0xff : below(256);
  }
  return bytes;
}

function outcome(bytes: Uint8Array, size: number): ParsedInstance | string {
  try {
    return readWhole(bytes, size);
  } catch (error) {
    if (error instanceof DicomError) return `${error.code} ${error.tag}`;
    throw error;
  }
}

describe('mutated files without preamble or meta information', () => {
  it.each(Object.keys(WITHOUT))('%s: read or refused, the same in pieces of any size', (name) => {
    const random = seededRandom(20261126);
    const seed = WITHOUT[name]!;
    expect(outcome(seed, seed.length)).toMatchObject({ sopInstanceUID: '1.2.3.4' });
    const found = { read: 0, refused: 0 };
    for (let count = 0; count < 1500; count++) {
      const bytes = mutant(seed, random);
      const whole = outcome(bytes, bytes.length);
      found[typeof whole === 'string' ? 'refused' : 'read']++;
      if (count % 3 === 0) expect(outcome(bytes, 1 + random.below(40))).toEqual(whole);
    }
    expect(found.read).toBeGreaterThan(300);
    expect(found.refused).toBeGreaterThan(100);
  });
});
