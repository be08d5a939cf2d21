import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { DicomError } from '../../../src/dicom/errors';
import { InstanceReader } from '../../../src/dicom/instance/instance-reader';
import { mutate } from '../../support/fuzz/fuzz-bytes';
import { bytesCopied } from '../../support/platform/counted-work';
import { seededRandom } from '../../support/seeded-random';
import {
  bigEndian,
  bigEndianFile,
  concat,
  DEFLATED,
  element,
  encapsulated,
  type Form,
  file,
  identified,
  image,
  implicitFile,
  implicitVR,
  item,
  jpegFile,
  latin1,
  part10,
  sequenceEnd,
  UNDEFINED,
  u16,
} from './build';

function content(form: Form): Uint8Array[] {
  const { big = false } = form;
  const code = concat(element(0x00080100, 'SH', 'code', form), element(0x00411001, 'OB', new Uint8Array(20), form));
  const nested = item(element(0x00400260, 'SQ', item(code, { big }), form), { undefined: true, big });
  return [
    element(0x00280103, 'US', u16([1], big), form),
    element(0x00400260, 'SQ', concat(item(code, { big }), nested, sequenceEnd(big)), { ...form, length: UNDEFINED }),
    element(0x00400275, 'SQ', item(code, { big }), form),
    element(0x00400280, 'ST', 'text', form),
  ];
}

const seeds: Record<string, Uint8Array> = {
  explicit: file(...image({ frames: '2' }), ...content({}), element(0x7fe00010, 'OW', new Uint8Array(16))),
  implicit: implicitFile(...content(implicitVR)),
  'big-endian': bigEndianFile(...content(bigEndian)),
  encapsulated: jpegFile(
    ...image({ frames: '2' }),
    encapsulated([0, 14], [latin1('abcdef'), latin1('gh'), latin1('ij')]),
  ),
  deflated: part10(DEFLATED, deflateSync(identified(content({})))),
  unknown: file(element(0x00400260, 'UN', item(element(0x00080100, 'SH', 'code', implicitVR))), ...content({})),
  text: part10(
    '1.2.840.10008.1.2.1',
    identified([element(0x00400280, 'ST', '\u001b$B;3\u001b(B\u001b')], {}, [
      element(0x00080005, 'CS', '\\ISO 2022 IR 87'),
    ]),
  ),
};

/** What a file may inflate to. */
const INFLATED_BYTES = 1 << 20;

function outcome(bytes: Uint8Array, chunk: number): string {
  const reader = new InstanceReader({ maxInlineBytes: 16, maxInflatedBytes: INFLATED_BYTES });
  try {
    for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
    const parsed = reader.end();
    JSON.parse(parsed.json.replaceAll('\u0001', ''));
    for (const [, offset, length] of parsed.layout.bulk ?? []) {
      if (parsed.layout.object === 'dcm' && offset + length > bytes.length) return 'a range beyond the end';
    }
    return parsed.json;
  } catch (error) {
    if (error instanceof DicomError) return error.code;
    throw error;
  }
}

/** How often each byte of a file may be copied or decoded, on average. */
const COPIES = 5;

/** Mutants of each file. */
const MUTANTS = 1000;

describe('mutated files', () => {
  it.each(Object.keys(seeds))('%s: read or refused, the same in any chunks, with bounded work', (name) => {
    const random = seededRandom(20261123);
    const seed = seeds[name]!;
    expect(outcome(seed, 1 << 20)).toMatch(/^\{/);
    for (let tried = 0; tried < MUTANTS; tried++) {
      const mutant = mutate(seed, random);
      const { result: whole, copied } = bytesCopied(() => outcome(mutant, 1 << 20));
      expect(copied).toBeLessThan(COPIES * (name === 'deflated' ? INFLATED_BYTES : mutant.length));
      expect(whole).not.toMatch(/^a range/);
      if (tried % 4 === 0) expect(outcome(mutant, 1 + random.below(40))).toBe(whole);
    }
  });
});
