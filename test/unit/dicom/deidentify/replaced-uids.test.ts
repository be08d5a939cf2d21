import { describe, expect, it } from 'vitest';
import { Deidentification } from '../../../../src/dicom/deidentify/deidentification';
import { deidentify } from '../../../../src/dicom/deidentify/deidentify';
import { actionOf } from '../../../../src/dicom/deidentify/deidentify-table';
import { isRegisteredUID } from '../../../../src/dicom/deidentify/derived-uid';
import { keepsValues } from '../../../../src/dicom/deidentify/kept-values';
import { tagText, vrOfTag } from '../../../../src/dicom/dictionary/dictionary';
import type { DicomJson, DicomJsonAttribute } from '../../../../src/dicom/json/json-model';

const KEY = new TextEncoder().encode('secret');
const BASIC = new Deidentification({}, KEY);
const OWN = '1.2.3.4';
const uids = (...Value: string[]): DicomJsonAttribute => ({ vr: 'UI', Value });
const items = (...Value: DicomJson[]): DicomJsonAttribute => ({ vr: 'SQ', Value });

/** Every attribute of VR UI in PS3.6 that a data set may have. */
const ALL: string[] = [];
for (let group = 0x0008; group <= 0x3010; group += 1) {
  for (let element = 0; element < 0x10000; element += 1) {
    const tag = group * 0x10000 + element;
    if (vrOfTag(tag) === 'UI') ALL.push(tagText(tag));
  }
}

/** SOP classes, transfer syntaxes, coding schemes, context groups and mapping resources. */
const CLASSES = [
  ...['00080016', '0008001A', '0008001B', '00080062', '0008010C', '00080117', '00080118', '0008040E', '00081150'],
  ...['0008115A', '00083002', '00340003', '04000010', '04000510', '30100052', '30100053'],
];

const everyUID = (uid: string): DicomJson => Object.fromEntries(ALL.map((tag) => [tag, uids(uid)]));
const tagsWith = (dataSet: DicomJson | undefined, uid: string): string[] =>
  ALL.filter((tag) => dataSet?.[tag]?.Value?.[0] === uid);

describe('PS3.15 E.1: UIDs', () => {
  it('of instances are replaced in every attribute that PS3.6 has, and are the same everywhere; classes stay', async () => {
    expect(ALL.length).toBeGreaterThan(90);
    const replaced = ALL.filter((tag) => !CLASSES.includes(tag));
    const own = everyUID(OWN);
    // An item that keeps its attributes, one whose texts become dummies, and a code.
    const after = await deidentify(
      { ...own, '00081115': items({ ...own, '00081199': items(own) }), '00700001': items(own), '00082218': items(own) },
      BASIC,
    );
    const inside = (of: DicomJson | undefined, tag: string) => of?.[tag]?.Value?.[0] as DicomJson;
    const series = inside(after, '00081115');
    for (const each of [
      after,
      series,
      inside(series, '00081199'),
      inside(after, '00700001'),
      inside(after, '00082218'),
    ]) {
      expect(tagsWith(each, OWN)).toEqual(CLASSES);
      expect(tagsWith(each, await BASIC.uid(OWN))).toEqual(replaced);
    }
  });

  it('that PS3.6 registers stay in every attribute', async () => {
    const registered = '1.2.840.10008.1.4.1.1';
    expect(tagsWith(await deidentify(everyUID(registered), BASIC), registered)).toEqual(ALL);
  });

  it('that only have the root of PS3.6 are not registered', async () => {
    for (const uid of ['1.2.840.10008.1.2', '1.2.840.10008.5.1.4.1.1.77.1.5.4', '1.2.840.10008.6.1.1450']) {
      expect(isRegisteredUID(uid), uid).toBe(true);
    }
    for (const uid of ['1.2.840.10008.20240131.5', '1.2.840.10008.5.1.4.1.1.2.73523', '1.2.840.100081.2', '1.2.3']) {
      expect(isRegisteredUID(uid), uid).toBe(false);
      expect(await BASIC.uid(uid), uid).toMatch(/^2\.25\./);
    }
  });

  it('are retained by Retain UIDs, and by no other option', async () => {
    const retained = await deidentify(everyUID(OWN), new Deidentification({ retainUIDs: true }, KEY));
    // Table E.1-1 does not retain these two.
    expect(ALL.filter((tag) => retained[tag]?.Value?.[0] !== OWN)).toEqual(['0040A124', '04000100']);
    const others = await deidentify(
      everyUID(OWN),
      new Deidentification({ retainDates: 'full', cleanStructuredContent: true, retainSafePrivate: true }, KEY),
    );
    expect(tagsWith(others, OWN)).toEqual(CLASSES);
  });

  it('are told to a search as replaced', () => {
    for (const tag of ALL) expect(keepsValues(tag, {}), tag).toBe(CLASSES.includes(tag));
    expect(actionOf('00081167')).toBe('U');
  });

  it('of classes stay when they are numbers, also with a zero too many; other text does not, and bytes do not', async () => {
    const after = await deidentify(
      {
        '00080016': uids('1.2.826.0.05'),
        '00081150': uids('Smith'),
        '0008010C': { vr: 'UI', InlineBinary: 'U21pdGg=' },
        '00080117': { vr: 'UN', InlineBinary: 'U21pdGg=' },
        '00080062': { vr: 'UI', Value: ['1.2.3', null] },
        '00081167': { vr: 'LO', Value: ['Smith'] },
      },
      BASIC,
    );
    expect(JSON.stringify(after)).not.toMatch(/Smith|U21pdGg/);
    expect(after['00080016']).toEqual(uids('1.2.826.0.05'));
    expect(after['00080062']?.Value).toEqual(['1.2.3', null]);
    expect(after['00080117']).toEqual({ vr: 'UI' });
  });
});
