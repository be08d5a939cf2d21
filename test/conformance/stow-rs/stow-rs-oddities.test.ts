import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { ENCODERS } from '../../support/files/encoders';
import { formatOf, frameOf } from '../../support/files/frames';
import {
  BIG_ENDIAN,
  bigEndian,
  bigEndianFile,
  concat,
  EXPLICIT,
  element,
  encapsulated,
  file,
  IMPLICIT,
  identified,
  image,
  implicitFile,
  implicitVR,
  item,
  JPEG,
  jpegFile,
  latin1,
  meta,
  part10,
  sequenceEnd,
  UIDS,
  UNDEFINED,
  u16,
  u32,
} from '../../unit/dicom/build';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const INSTANCE = `/dicomweb/studies/${UIDS.study}/series/${UIDS.series}/instances/${UIDS.sop}`;
const DATA_SET_DOES_NOT_MATCH = 0xb007;
const PREFIX = concat(new Uint8Array(128), latin1('DICM'));

const items = (dataSet: DicomJson, tag: string) => (dataSet[tag]?.Value ?? []) as DicomJson[];

/** Stores a file, and checks that it is returned byte for byte and that its metadata is JSON. */
async function stored(
  bytes: Uint8Array,
): Promise<{ status: number; item: DicomJson; tags: unknown[]; metadata: DicomJson }> {
  const response = await archive.store([bytes]);
  const dataSet = (await response.json()) as DicomJson;
  expect(dataSet['00081198'] ?? dataSet['0008119A']).toBeUndefined();
  const [stored] = items(dataSet, '00081199');
  expect(stored?.['00081155']?.Value).toEqual([UIDS.sop]);
  const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';
  const [part] = await partsOf(await archive.fetch(INSTANCE, { headers: { Accept: accept } }));
  expect(part!.body).toEqual(bytes);
  const [metadata] = await archive.json(`${INSTANCE}/metadata`);
  const tags = items(stored!, '00741048').map((each) => each['00720026']?.Value?.[0]);
  return { status: response.status, item: stored!, tags, metadata: metadata! };
}

/** An explicit little-endian file with one unusual attribute, which is private so that nothing else reads it. */
function odd(vr: string, value: string | Uint8Array): Uint8Array {
  return file(element(0x00410010, 'LO', 'TEST'), element(0x00411001, vr, value));
}

describe('PS3.18 10.5.3.1 Data Set does not match: an instance with values that do not fit their attributes', () => {
  it.each<[string, string, string | Uint8Array, unknown]>([
    ['an application entity that is too long', 'AE', 'x'.repeat(17), ['x'.repeat(17)]],
    ['an age of no form', 'AS', '45', ['45']],
    ['a code of small letters', 'CS', 'chest', ['chest']],
    ['a day that does not exist', 'DA', '20240230', ['20240230']],
    ['a day of the predecessor standard', 'DA', '1993.08.22', ['1993.08.22']],
    ['an invalid decimal', 'DS', '1,5', ['1,5']],
    ['a decimal that says NaN', 'DS', 'NaN', ['NaN']],
    ['a decimal that is too long', 'DS', '1.2500000000000000000', [1.25]],
    ['a moment that does not exist', 'DT', '20241301', ['20241301']],
    ['a double that is not a number', 'FD', new Uint8Array(new Float64Array([1.5, Number.NaN]).buffer), [1.5, 'NaN']],
    ['a float that is infinite', 'FL', new Uint8Array(new Float32Array([-Infinity]).buffer), ['-Infinity']],
    ['an invalid integer', 'IS', '1A', ['1A']],
    ['an integer beyond 32 bits', 'IS', '4294967296', [4294967296]],
    ['a long string that is too long', 'LO', 'x'.repeat(100), ['x'.repeat(100)]],
    ['a long string with a control character', 'LO', 'a\tb', ['a\tb']],
    ['bytes of no declared character set', 'LO', 'J\xe9r\xf4me', ['Jérôme']],
    ['a name of four groups', 'PN', 'a=b=c=d', [{ Alphabetic: 'a', Ideographic: 'b', Phonetic: 'c' }]],
    ['a short string that is too long', 'SH', 'x'.repeat(17), ['x'.repeat(17)]],
    ['a text that is too long', 'ST', 'x'.repeat(1025), ['x'.repeat(1025)]],
    ['a time that does not exist', 'TM', '2561', ['2561']],
    ['an invalid UID', 'UI', '1.02.x', ['1.02.x']],
    ['numbers that are cut', 'US', Uint8Array.of(1, 0, 2), [1]],
    ['text of odd length', 'LT', latin1('odd'), ['odd']],
  ])('%s is stored as it came, told in JSON and named in the warning', async (_, vr, value, expected) => {
    const { status, item, tags, metadata } = await stored(odd(vr, value));
    expect(status).toBe(202);
    expect(item['00081196']).toEqual({ vr: 'US', Value: [DATA_SET_DOES_NOT_MATCH] });
    expect(tags).toEqual(['00411001']);
    expect(metadata['00411001']).toEqual({ vr, Value: expected });
  });

  it.each<[string, Uint8Array, string]>([
    ['bytes of odd length', odd('OB', new Uint8Array(3)), '00411001'],
    ['bytes that are not UTF-8', charset('ISO_IR 192', 'J\xe9r\xf4me'), '00081030'],
    ['a character set of another spelling', charset('ISO-IR 100', 'J\xe9r\xf4me'), '00080005'],
    ['an unknown character set', charset('KLINGON', 'x'), '00080005'],
    ['an unknown VR', file(concat(u16([0x0041, 0x1001]), latin1('??'), u16([2]), latin1('ab'))), '00411001'],
    ['an attribute twice', file(element(0x00400280, 'ST', 'a'), element(0x00400280, 'ST', 'b')), '00400280'],
    ['an attribute out of its order', file(element(0x00100010, 'PN', 'A^B')), '00100010'],
    ['implicit VR among explicit', file(element(0x00201041, 'DS', '1.5 ', implicitVR)), '00201041'],
    ['a sequence of no items', file(element(0x00400260, 'SQ', latin1('no sequence at all!!'))), '00400260'],
    ['an item outside a sequence', file(item(element(0x00080100, 'SH', 'code'))), '0020000E'],
    ['an end in the middle', file(element(0x00400280, 'ST', 'text', { length: 400 })), '00400280'],
    ['too few pixels', file(...image(), element(0x7fe00010, 'OB', new Uint8Array(4))), '7FE00010'],
    ['fragments of odd length', jpegFile(...image(), encapsulated([], [latin1('abcde')])), '7FE00010'],
  ])('%s is stored as it came and named in the warning', async (_, bytes, tag) => {
    const { status, tags, metadata } = await stored(bytes);
    expect(status).toBe(202);
    expect(tags).toEqual([tag]);
    expect(metadata['00080018']?.Value).toEqual([UIDS.sop]);
  });

  it('an instance with invalid study, series or instance UIDs is found by them', async () => {
    const uids = { study: `1.${'2'.repeat(99)}`, series: 'series-1', sop: '1.02' };
    const bytes = part10(
      EXPLICIT,
      concat(
        element(0x00080016, 'UI', UIDS.sopClass),
        element(0x00080018, 'UI', uids.sop),
        element(0x0020000d, 'UI', uids.study),
        element(0x0020000e, 'UI', uids.series),
      ),
    );
    expect((await archive.store([bytes])).status).toBe(202);
    const path = `/dicomweb/studies/${uids.study}/series/${uids.series}/instances/${uids.sop}`;
    expect(await archive.bytes(path, 'application/dicom; transfer-syntax=*')).toEqual(bytes);
    expect(await archive.json(`/dicomweb/instances?StudyInstanceUID=${uids.study}`)).toHaveLength(1);
  });

  it('at most a hundred attributes are named, and no value is', async () => {
    const values = Array.from({ length: 150 }, (_, index) => element(0x00411001 + index, 'DA', 'SECRET'));
    const response = await archive.store([file(...values)]);
    const text = await response.text();
    expect(response.status).toBe(202);
    expect(text).not.toContain('SECRET');
    const [one] = items(JSON.parse(text) as DicomJson, '00081199');
    expect(items(one!, '00741048')).toHaveLength(100);
  });
});

/** With Specific Character Set, and a text that depends on it. */
function charset(set: string, text: string): Uint8Array {
  const dataSet = concat(
    element(0x00080005, 'CS', set),
    element(0x00080016, 'UI', UIDS.sopClass),
    element(0x00080018, 'UI', UIDS.sop),
    element(0x00081030, 'LO', text),
    element(0x0020000d, 'UI', UIDS.study),
    element(0x0020000e, 'UI', UIDS.series),
  );
  return part10(EXPLICIT, dataSet);
}

describe('PS3.10 7.1 missing preamble, prefix or meta information', () => {
  const pixels = [...image(), element(0x7fe00010, 'OB', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))];

  it.each<[string, Uint8Array, string]>([
    ['no preamble', concat(latin1('DICM'), meta(EXPLICIT), identified(pixels)), '00020000'],
    ['no preamble and prefix', concat(meta(EXPLICIT), identified(pixels)), '00020000'],
    ['no meta information, explicit', identified(pixels), '00020010'],
    ['no transfer syntax', concat(PREFIX, element(0x00020002, 'UI', UIDS.sopClass), identified(pixels)), '00020010'],
    [
      'a wrong group length',
      concat(PREFIX, element(0x00020000, 'UL', u32([999])), element(0x00020010, 'UI', EXPLICIT), identified(pixels)),
      '00020000',
    ],
    [
      'another instance',
      concat(PREFIX, meta(EXPLICIT, [element(0x00020003, 'UI', '1.9')]), identified(pixels)),
      '00020003',
    ],
  ])('%s: stored as it came, its frames served, and named in the warning', async (_, bytes, tag) => {
    const { status, tags, metadata } = await stored(bytes);
    expect(status).toBe(202);
    expect(tags).toEqual([tag]);
    expect(metadata['00083002']?.Value).toEqual([EXPLICIT]);
    const accept = 'multipart/related; type="application/octet-stream"';
    const [frame] = await partsOf(await archive.fetch(`${INSTANCE}/frames/1`, { headers: { Accept: accept } }));
    expect([...frame!.body]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it.each([
    ['implicit', IMPLICIT, implicitVR],
    ['big-endian', BIG_ENDIAN, bigEndian],
  ])('no meta information, %s', async (_, syntax, form) => {
    const { status, tags, metadata } = await stored(
      identified([element(0x00280010, 'US', u16([7], form.big), form)], form),
    );
    expect(status).toBe(202);
    expect(tags).toEqual(['00020010']);
    expect(metadata['00083002']?.Value).toEqual([syntax]);
    expect(metadata['00280010']).toEqual({ vr: 'US', Value: [7] });
  });

  it('no meta information, compressed: the pixel data shows its transfer syntax', async () => {
    const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 2, 0, 4, 1, 1, 0x11, 0, 0xff, 0xd9, 0);
    const { tags, metadata } = await stored(identified([...image(), encapsulated([], [jpeg])]));
    expect(tags).toEqual(['00020010']);
    expect(metadata['00083002']?.Value).toEqual([JPEG]);
    const response = await archive.fetch(`${INSTANCE}/frames/1`, {
      headers: { Accept: 'multipart/related; type="image/jpeg"; transfer-syntax=*' },
    });
    const [frame] = await partsOf(response);
    expect(frame!.headers['Content-Type']).toContain('image/jpeg');
    expect(frame!.body).toEqual(jpeg);
  });

  it('a file that is not DICOM is refused', async () => {
    for (const bytes of [
      latin1('no DICOM at all'),
      latin1(`PK\x03\x04${'x'.repeat(300)}`),
      new Uint8Array(0),
      new Uint8Array(500),
    ]) {
      const response = await archive.store([bytes]);
      expect(response.status).toBe(409);
      const [failure] = items((await response.json()) as DicomJson, '0008119A');
      expect(failure?.['00081197']?.Value).toEqual([0xc001]);
    }
  });
});

describe('PS3.5 6.2.2 sequences without a known VR', () => {
  const code = element(0x00080100, 'SH', 'code', implicitVR);
  const one = { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['code'] } }] };

  it.each<[string, Uint8Array, string]>([
    [
      'private in implicit VR, of defined length',
      implicitFile(element(0x00411001, 'SQ', item(code), implicitVR)),
      '00411001',
    ],
    [
      'private in implicit VR, of undefined length',
      implicitFile(element(0x00411001, 'SQ', concat(item(code), sequenceEnd()), { implicit: true, length: UNDEFINED })),
      '00411001',
    ],
    ['of the standard, as UN', file(element(0x00400260, 'UN', item(code))), '00400260'],
    [
      'private, as UN of undefined length',
      file(element(0x00411001, 'UN', concat(item(code), sequenceEnd()), { length: UNDEFINED })),
      '00411001',
    ],
    [
      'of the standard, as UN in big endian',
      bigEndianFile(element(0x00400260, 'UN', item(code), bigEndian)),
      '00400260',
    ],
  ])('%s: read without a warning', async (_, bytes, tag) => {
    const { status, metadata } = await stored(bytes);
    expect(status).toBe(200);
    expect(metadata[tag]).toEqual(one);
  });

  it('private, as UN of defined length: bytes, because only its creator knows their meaning', async () => {
    const { status, metadata } = await stored(file(element(0x00411001, 'UN', item(code))));
    expect(status).toBe(200);
    expect(metadata['00411001']).toMatchObject({ vr: 'UN', InlineBinary: expect.any(String) });
  });
});

it('encapsulated pixel data of a defined length (PS3.5 A.4): its fragments are the frames, with a warning', async () => {
  const format = formatOf({ rows: 2, columns: 4, bitsAllocated: 8 });
  const frames = [1, 2].map((seed) => frameOf(format, 'noise', seed));
  const rle = '1.2.840.10008.1.2.5';
  const coded = await Promise.all(frames.map(async (frame) => (await ENCODERS[rle](frame)).codeStream));
  const value = concat(item(new Uint8Array(0)), ...coded.map((bytes) => item(bytes)), sequenceEnd());
  const described = [
    ...image({ frames: '2' }),
    element(0x00280101, 'US', u16([8])),
    element(0x00280102, 'US', u16([7])),
    element(0x00280103, 'US', u16([0])),
  ];
  const bytes = part10(rle, identified([...described, element(0x7fe00010, 'OB', value)]));
  expect((await stored(bytes)).status).toBe(202);
  for (const [index, frame] of frames.entries()) {
    const path = `${INSTANCE}/frames/${index + 1}`;
    expect(await archive.bytes(path, 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1')).toEqual(
      frame.bytes,
    );
    expect(await archive.bytes(path, `image/dicom-rle; transfer-syntax=${rle}`)).toEqual(coded[index]);
  }
});
