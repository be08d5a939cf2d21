import { createHash } from 'node:crypto';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { look } from '../../../../viewer/upload/files/look.mjs';
import { part10 } from '../../../support/files/part10';
import { slice } from '../../../support/files/samples';

const DEFLATED = '1.2.840.10008.1.2.1.99';
const IMPLICIT = '1.2.840.10008.1.2';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';

async function lookAt(bytes: Uint8Array, path = 'a file') {
  const read = async (start: number, end: number) => bytes.subarray(start, end);
  return look({ path, modified: 0, source: { size: bytes.length, read } });
}

async function headOf(bytes: Uint8Array) {
  const found = await lookAt(bytes);
  if ('leftOut' in found) throw new Error(found.leftOut.why);
  return found.item.instances[0]!.head;
}

const EXPECTED = {
  isDirectory: false,
  patientName: 'Neptune, Planet',
  patientID: 'MRN0000002',
  issuerOfPatientID: '',
  studyInstanceUID: '1.2.3.4',
  studyDate: '2024-01-31',
  studyDescription: 'DFCI CHEST CT',
  seriesInstanceUID: '1.2.3.4.0',
  seriesNumber: '1',
  seriesDescription: 'Axial',
  modality: 'CT',
  sopInstanceUID: '1.2.3.4.1',
};

describe('what is sent', () => {
  it('is recognised, and named by its attributes, in every transfer syntax', async () => {
    for (const transferSyntaxUID of ['1.2.840.10008.1.2.1', IMPLICIT, '1.2.840.10008.1.2.2', DEFLATED]) {
      expect(await headOf(slice({ transferSyntaxUID })), transferSyntaxUID).toEqual(EXPECTED);
    }
  });

  it('is recognised without a preamble, and without File Meta Information', async () => {
    const file = slice();
    expect(await headOf(file.subarray(128))).toEqual(EXPECTED);
    expect(await headOf(file.subarray(132))).toEqual(EXPECTED);
    const metaLength = 12 + new DataView(file.buffer, file.byteOffset).getUint32(140, true);
    expect(await headOf(file.subarray(132 + metaLength))).toEqual(EXPECTED);
    const implicit = slice({ transferSyntaxUID: IMPLICIT });
    const length = 12 + new DataView(implicit.buffer, implicit.byteOffset).getUint32(140, true);
    expect(await headOf(implicit.subarray(132 + length))).toEqual(EXPECTED);
  });

  it('is what the archive stores: also big endian without File Meta Information, and in a ZIP file', async () => {
    const file = slice({ transferSyntaxUID: BIG_ENDIAN });
    const bare = file.subarray(144 + new DataView(file.buffer, file.byteOffset).getUint32(140, true));
    expect(await headOf(bare)).toEqual(EXPECTED);
    expect(await headOf(zipSync({ IM1: bare }))).toEqual(EXPECTED);
    // A data set may begin with any standard attribute, here with a sequence.
    const elements = [[0x00080006, 'SQ', new Uint8Array(0)] as const];
    const odd = slice({ without: [0x00080005], elements: [...elements] as never });
    expect(await headOf(odd.subarray(144 + new DataView(odd.buffer, odd.byteOffset).getUint32(140, true)))).toEqual(
      EXPECTED,
    );
  });

  it('is named behind a private element of a megabyte', async () => {
    const elements = [[0x00091010, 'OB', new Uint8Array(1_500_000)]] as const;
    expect(await headOf(slice({ elements: [...elements.map((each) => [...each])] as never }))).toEqual(EXPECTED);
  });

  it('is sent when it is cut short: the archive says what is wrong', async () => {
    expect(await headOf(slice().subarray(0, 600))).toMatchObject({ sopInstanceUID: '1.2.3.4.1' });
    expect(await headOf(slice().subarray(0, 140))).toMatchObject({ sopInstanceUID: '' });
  });

  it('shows names in their character sets', async () => {
    const named = (characterSet: string, bytes: Uint8Array) =>
      headOf(
        slice({
          elements: [
            [0x00080005, 'CS', characterSet],
            [0x00100010, 'PN', bytes],
          ],
        }),
      );
    // PS3.5 H.3.1, example 1, PS3.5 I.2, example 1, and J.3, example 1.
    const yamada = 'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B';
    const latin = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
    expect((await named('\\ISO 2022 IR 87', latin(yamada))).patientName).toBe('Yamada, Tarou');
    expect((await named('\\ISO 2022 IR 87', latin(yamada.slice(13)))).patientName).toBe('山田, 太郎');
    const hong = '\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7';
    expect((await named('\\ISO 2022 IR 149', latin(hong))).patientName).toBe('洪, 吉洞');
    expect((await named('GB18030', latin('Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab'))).patientName).toBe(
      'Wang, XiaoDong',
    );
    expect((await named('ISO_IR 100', latin('Buc^J\xe9r\xf4me'))).patientName).toBe('Buc, Jérôme');
    expect((await named('ISO_IR 144', latin('\xbb\xee\xda\xe1^\xdb'))).patientName).toBe('Люкс, л');
  });
});

describe('what is left out', () => {
  it('is listed with the reason', async () => {
    const directory = part10({ elements: [[0x00080016, 'UI', '1.2.840.10008.1.3.10']] });
    // Its data set cannot be read: the offsets of its records are missing, and with them the end of the sequence.
    const sequence = [
      0x04, 0x00, 0x20, 0x12, 0x53, 0x51, 0, 0, 0xff, 0xff, 0, 0, 0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0, 0,
    ];
    const broken = Uint8Array.from([...directory, ...sequence]);
    const cases: [Uint8Array, string][] = [
      [new Uint8Array(), 'The file is empty.'],
      [new TextEncoder().encode('[autorun]\r\nopen=viewer.exe\r\n'), 'This is not a DICOM file.'],
      [new Uint8Array(4096), 'This is not a DICOM file.'],
      [directory, 'This is a DICOMDIR: a directory of other files, without an image.'],
      [broken, 'This is a DICOMDIR: a directory of other files, without an image.'],
      [zipSync({ 'readme.txt': new Uint8Array(9) }), 'There is no DICOM file in this ZIP file.'],
    ];
    for (const [bytes, why] of cases) expect(await lookAt(bytes)).toMatchObject({ leftOut: { why, path: 'a file' } });
  });
});

describe('a ZIP file', () => {
  const members = {
    'DICOM/IM1': slice(),
    'DICOM/IM2': [slice({ sop: '1.2.3.4.2' }), { level: 0 }],
    'viewer/readme.txt': new Uint8Array(500),
    'empty/': new Uint8Array(),
  } as Parameters<typeof zipSync>[0];

  it('is looked into: deflated and stored members, and what is no image', async () => {
    const found = await lookAt(zipSync(members, { comment: 'of a burner' } as never), 'cd.zip');
    expect(found).toMatchObject({
      item: {
        kind: 'zip',
        instances: [
          { name: 'cd.zip: DICOM/IM1', head: EXPECTED },
          { name: 'cd.zip: DICOM/IM2', head: { sopInstanceUID: '1.2.3.4.2' } },
        ],
        others: [{ path: 'cd.zip: viewer/readme.txt', why: 'This is not a DICOM file.' }],
      },
    });
  });

  it('has the digests of its members', async () => {
    const found = await lookAt(zipSync(members));
    if ('leftOut' in found) throw new Error(found.leftOut.why);
    const digests = await Promise.all(found.item.instances.map(({ sha256 }) => sha256?.()));
    const files = [slice(), slice({ sop: '1.2.3.4.2' })];
    expect(digests).toEqual(files.map((file) => createHash('sha256').update(file).digest('hex')));
  });

  it('with members that cannot be read here is sent: an encrypted one, one compressed in another way, a ZIP file', async () => {
    const encrypted = withEntry(zipSync({ 'DICOM/IM1': slice() }), 8, 1);
    const bzip2 = withEntry(zipSync({ 'DICOM/IM1': slice() }), 10, 12);
    const nested = zipSync({ 'inner.zip': zipSync(members), 'readme.txt': new Uint8Array(9) });
    for (const bytes of [encrypted, bzip2, nested])
      expect(await lookAt(bytes)).toMatchObject({ item: { kind: 'zip', instances: [], others: [] } });
    const both = await lookAt(zipSync({ 'DICOM/IM1': slice(), 'inner.zip': zipSync(members) }));
    expect(both).toMatchObject({ item: { instances: [{ head: EXPECTED }], others: [], isPartlyUnseen: true } });
  });

  it('that is cut short is sent: the archive says what is wrong', async () => {
    const found = await lookAt(zipSync(members).subarray(0, 900));
    expect(found).toMatchObject({ item: { kind: 'zip', instances: [], others: [] } });
  });
});

/** A ZIP file of one member with other 16 bits at this place of its entry in the directory (APPNOTE 4.3.12). */
function withEntry(zip: Uint8Array, place: number, value: number): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  view.setUint16(view.getUint32(zip.length - 22 + 16, true) + place, value, true);
  return zip;
}
