import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../../src/dicom/json/json-model';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../../../../src/dicom/part10/implementation';
import { chunksOf, part10File } from '../../../../src/dicom/part10/part10-writer';
import { concat, EXPLICIT, element, IMPLICIT, item, JPEG, latin1, UIDS, u16, u32 } from '../build';
import { readFile, source, written } from '../written';
import { BEFORE, BETWEEN, dataSetOf, encoded, IDENTITY, instance, refused, unread } from '../written-instance';

describe('file meta information', () => {
  it('is complete (PS3.10 table 7.1-1)', async () => {
    const file = await written(instance({ '00020016': { vr: 'AE', Value: ['OTHER'] } }), {
      transferSyntaxUID: IMPLICIT,
    });
    const group = concat(
      element(0x00020001, 'OB', Uint8Array.of(0, 1)),
      element(0x00020002, 'UI', UIDS.sopClass),
      element(0x00020003, 'UI', UIDS.sop),
      element(0x00020010, 'UI', IMPLICIT),
      element(0x00020012, 'UI', IMPLEMENTATION_CLASS_UID),
      element(0x00020013, 'SH', IMPLEMENTATION_VERSION_NAME),
    );
    const head = concat(new Uint8Array(128), latin1('DICM'), element(0x00020000, 'UL', u32([group.length])), group);
    expect(file.subarray(0, head.length)).toEqual(head);
    expect(file.subarray(head.length, head.length + 8)).toEqual(u16([0x0008, 0x0016, UIDS.sopClass.length + 1, 0]));
  });

  it('names an implementation by a UID and a name of the right length', () => {
    expect(IMPLEMENTATION_CLASS_UID).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
    expect(IMPLEMENTATION_VERSION_NAME.length).toBeLessThanOrEqual(16);
  });

  it.each(Object.keys(IDENTITY))('needs %s', (tag) => {
    const { [tag]: _, ...rest } = IDENTITY;
    expect(refused(rest)).toEqual({ code: 'missing-identity', tag });
    expect(refused({ ...rest, [tag]: { vr: 'UI' } })).toEqual({ code: 'missing-identity', tag });
    expect(refused({ ...rest, [tag]: { vr: 'UI', Value: [null] } })).toEqual({ code: 'missing-identity', tag });
    expect(refused({ ...rest, [tag]: { vr: 'UI', Value: ['1.2/..'] } })).toEqual({ code: 'malformed', tag });
  });

  it.each(['1.2.840.10008.1.2.2', '1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.4.95', '1.2.3', ''])(
    'is not made for transfer syntax "%s"',
    (transferSyntaxUID) => {
      expect(refused(IDENTITY, { transferSyntaxUID }).code).toBe('unsupported-transfer-syntax');
    },
  );
});

describe('data elements', () => {
  it('ascend, without attributes that belong to another file', async () => {
    const bytes = await written(
      instance({
        '00400275': {
          vr: 'SQ',
          Value: [{ '00083002': { vr: 'UI', Value: ['1'] }, '00400000': { vr: 'UL', Value: [4] } }],
        },
        '00291001': { vr: 'UN', InlineBinary: 'AQI=' },
        FFFCFFFC: { vr: 'OB', InlineBinary: 'AAA=' },
        '00083002': { vr: 'UI', Value: [EXPLICIT] },
        '00100000': { vr: 'UL', Value: [1] },
        '00000002': { vr: 'UI', Value: ['1'] },
        '00290010': { vr: 'LO', Value: ['X'] },
      }),
    );
    expect(dataSetOf(bytes)).toEqual(
      concat(
        BEFORE,
        BETWEEN,
        element(0x00290010, 'LO', 'X'),
        element(0x00291001, 'UN', Uint8Array.of(1, 2)),
        element(0x00400275, 'SQ', item(element(0x00083002, 'UI', '1'))),
      ),
    );
  });

  it('have no VR in implicit little endian', async () => {
    const form = { implicit: true };
    const bytes = await written(
      instance({
        '00281050': { vr: 'DS', Value: [40] },
        '00400275': { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['code'] } }, {}] },
        '7FE00010': { vr: 'OB', InlineBinary: 'AQIDBA==' },
      }),
      { transferSyntaxUID: IMPLICIT },
    );
    const nested = concat(item(element(0x00080100, 'SH', 'code', form)), item(new Uint8Array(0)));
    const rest = concat(
      element(0x00281050, 'DS', '40', form),
      element(0x00400275, 'SQ', nested, form),
      element(0x7fe00010, 'OB', Uint8Array.of(1, 2, 3, 4), form),
    );
    expect(bytes.subarray(bytes.length - rest.length)).toEqual(rest);
  });

  it('too long for 16 bits become UN, and are read with their VR', async () => {
    const values = Array.from({ length: 10_000 }, (_, index) => index + 0.5);
    const attribute = { vr: 'DS', Value: values };
    const bytes = await encoded('30060050', attribute);
    const text = values.join('\\');
    expect(text.length).toBeGreaterThan(0xfffe);
    expect(bytes).toEqual(element(0x30060050, 'UN', `${text}${text.length % 2 ? ' ' : ''}`));
    const again = readFile(await written(instance({ '30060050': attribute })));
    expect(again.json['30060050']).toMatchObject({ vr: 'DS' });
    const creator = { '00290010': { vr: 'LO', Value: ['x'.repeat(65_535)] } };
    expect(refused(instance(creator))).toEqual({ code: 'too-large', tag: '00290010' });
  });

  it('may nest 256 deep and no deeper', async () => {
    const nest = (depth: number): DicomJson =>
      depth === 0 ? { '00080100': { vr: 'SH', Value: ['x'] } } : { '00400275': { vr: 'SQ', Value: [nest(depth - 1)] } };
    expect(readFile(await written(instance(nest(256)))).json).toMatchObject(nest(256));
    expect(refused(instance(nest(257)))).toEqual({ code: 'too-large', tag: '00400275' });
  });

  it.each([
    ['no tag', { PatientName: { vr: 'PN' } }, undefined],
    ['a tag in lower case', { '0008103e': { vr: 'LO' } }, undefined],
    ['a delimiter', { FFFEE000: { vr: 'OB' } }, undefined],
    ['no VR', { '00080100': { vr: 'XX' } }, '00080100'],
    ['truncated base64', { '00291001': { vr: 'OB', InlineBinary: 'AQI' } }, '00291001'],
    ['base64 with white space', { '00291001': { vr: 'OB', InlineBinary: 'AQ I=' } }, '00291001'],
    ['an item that is text', { '00400275': { vr: 'SQ', Value: ['x'] } }, '00400275'],
    ['missing bulk data', { '00291001': { vr: 'OB', BulkDataURI: 'x' } }, '00291001'],
    [
      'a bad value in an item',
      { '00400275': { vr: 'SQ', Value: [{ '00280010': { vr: 'US', Value: [-1] } }] } },
      '00280010',
    ],
  ] as [string, DicomJson, string | undefined][])('are refused: %s', (_, attributes, tag) => {
    expect(refused(instance(attributes))).toEqual({ code: 'malformed', tag });
  });
});

describe('text', () => {
  it('in ASCII keeps the declared character set', async () => {
    const charset: DicomJson = { '00080005': { vr: 'CS', Value: ['ISO_IR 100'] } };
    const { json } = readFile(
      await written(instance({ ...charset, '00100010': { vr: 'PN', Value: [{ Alphabetic: 'A^B' }] } })),
    );
    expect(json['00080005']).toEqual(charset['00080005']);
    expect(readFile(await written(IDENTITY)).json['00080005']).toBeUndefined();
  });

  it('beyond ASCII is UTF-8, declared once for all items', async () => {
    const name = { vr: 'PN', Value: [{ Alphabetic: 'Müller^Ärzte', Ideographic: '山田^太郎' }] };
    const charset = { vr: 'CS', Value: ['ISO 2022 IR 6', 'ISO 2022 IR 87'] };
    const bytes = await written(
      instance({
        '00080005': charset,
        '00081110': { vr: 'SQ', Value: [{ '00080005': charset, '00100010': name }] },
      }),
    );
    const value = new TextEncoder().encode('Müller^Ärzte=山田^太郎');
    expect(dataSetOf(bytes)).toEqual(
      concat(
        element(0x00080005, 'CS', 'ISO_IR 192'),
        BEFORE,
        element(0x00081110, 'SQ', item(element(0x00100010, 'PN', value))),
        BETWEEN,
      ),
    );
  });

  it('with an escape character is declared as UTF-8, in which the character has no effect', async () => {
    const attributes: DicomJson = {
      '00080005': { vr: 'CS', Value: [null, 'ISO 2022 IR 87'] },
      '00324000': { vr: 'LT', Value: ['a\u001b$Bb'] },
    };
    const { json } = readFile(await written(instance(attributes)));
    expect(json['00324000']).toEqual(attributes['00324000']);
  });
});

describe('bulk data', () => {
  const bulk = (...pieces: readonly string[]) => ({ bulk: () => pieces.map((piece) => source(latin1(piece))) });

  it('is written in the place of its attribute, padded', async () => {
    expect(await encoded('00420011', { vr: 'OB', BulkDataURI: 'x' }, bulk('%PDF-1'))).toEqual(
      element(0x00420011, 'OB', '%PDF-1'),
    );
    const odd = await encoded('00420011', { vr: 'OB', BulkDataURI: 'x' }, bulk('%PDF-'));
    expect(odd).toEqual(element(0x00420011, 'OB', latin1('%PDF-\0')));
    const text = await encoded('0040A160', { vr: 'UT', BulkDataURI: 'x' }, bulk('one'));
    expect(text).toEqual(element(0x0040a160, 'UT', latin1('one ')));
  });

  it('counts in the lengths of sequences around it', async () => {
    const dataSet = instance({ '54000100': { vr: 'SQ', Value: [{ '54001010': { vr: 'OW', BulkDataURI: 'x' } }, {}] } });
    const long = latin1('w'.repeat(100_000));
    const bytes = await written(dataSet, { bulk: () => [source(long)] });
    const nested = concat(item(element(0x54001010, 'OW', long)), item(new Uint8Array(0)));
    expect(dataSetOf(bytes)).toEqual(concat(BEFORE, BETWEEN, element(0x54000100, 'SQ', nested)));
  });

  it('in several pieces becomes one native value', async () => {
    const bytes = await encoded('7FE00010', { vr: 'OW', BulkDataURI: 'x' }, bulk('abcd', 'efgh'));
    expect(bytes).toEqual(element(0x7fe00010, 'OW', 'abcdefgh'));
  });

  it('is opened only when the file reaches it, and never held as a whole', async () => {
    const opened: number[] = [];
    const sources = [0, 1].map((index) => ({
      length: 2,
      async *open() {
        opened.push(index);
        yield latin1('ab');
      },
    }));
    const file = part10File(instance({ '7FE00010': { vr: 'OW', BulkDataURI: 'x' } }), {
      transferSyntaxUID: EXPLICIT,
      bulk: () => sources,
    });
    const seen: number[] = [];
    for await (const _ of chunksOf(file.parts)) seen.push(opened.length);
    expect(seen).toEqual([0, 1, 2]);
  });

  it.each([
    ['shorter', 'truncated', 'a'],
    ['longer', 'malformed', 'abc'],
  ])('that turns out %s than stated stops the file', async (_, code, piece) => {
    const file = part10File(instance({ '7FE00010': { vr: 'OW', BulkDataURI: 'x' } }), {
      transferSyntaxUID: EXPLICIT,
      bulk: () => [{ ...source(latin1(piece)), length: 2 }],
    });
    const drain = async () => {
      for await (const chunk of chunksOf(file.parts)) void chunk;
    };
    await expect(drain()).rejects.toMatchObject({ code });
  });

  it('longer than a length field is refused', () => {
    const dataSet = instance({ '7FE00010': { vr: 'OW', BulkDataURI: 'x' } });
    expect(refused(dataSet, { bulk: () => [unread(0xffffffff)] })).toEqual({ code: 'too-large', tag: '7FE00010' });
    expect(refused(dataSet, { transferSyntaxUID: JPEG, bulk: () => [unread(0xffffffff)] }).code).toBe('too-large');
    const nested = instance({ '54000100': { vr: 'SQ', Value: [{ '54001010': { vr: 'OW', BulkDataURI: 'x' } }] } });
    expect(refused(nested, { bulk: () => [unread(0xfffffffe)] })).toEqual({ code: 'too-large', tag: '54000100' });
  });
});
