import { describe, expect, it } from 'vitest';
import { Deidentification } from '../../../../src/dicom/deidentify/deidentification';
import { deidentify } from '../../../../src/dicom/deidentify/deidentify';
import { actionOf, deidentifyActions } from '../../../../src/dicom/deidentify/deidentify-table';
import { vrOf } from '../../../../src/dicom/dictionary/dictionary';
import { readDicomJson } from '../../../../src/dicom/json/dicom-json-reader';
import type { DicomJson, DicomJsonAttribute } from '../../../../src/dicom/json/json-model';
import { isUID, VALUE_CHECKS } from '../../../../src/dicom/values/value-checks';
import { vrOfName } from '../../../../src/dicom/values/value-representations';

const BASIC = new Deidentification({}, new TextEncoder().encode('secret'));
const derivedUID = (uid: string): Promise<string> => BASIC.uid(uid);

function cleaned(dataSet: DicomJson): Promise<DicomJson> {
  return deidentify(dataSet, BASIC);
}

/** The VR in PS3.6; the first one if there are several. */
function vrOfTable(tag: string): string {
  return (vrOf(tag) ?? 'LO').slice(0, 2);
}

const MARKS: Readonly<Record<string, string | number>> = {
  DA: '19771231',
  TM: '235958',
  DT: '19771231235958',
  AS: '077Y',
};

/** Items in which only UIDs are replaced. */
const REFERENCES: DicomJsonAttribute = { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['1.2.7654321'] } }] };

/** An attribute with a recognisable value. */
function marked(vr: string): DicomJsonAttribute {
  const kind = vrOfName(vr)!.kind;
  if (kind === 'sequence') return { vr, Value: [{ '00080104': { vr: 'LO', Value: ['MARK'] } }] };
  if (kind === 'bytes') return { vr, InlineBinary: 'TUFSSw==' };
  if (kind === 'name') return { vr, Value: [{ Alphabetic: 'MARK^A', Ideographic: 'MARK^B' }] };
  if (vr === 'UI') return { vr, Value: ['1.2.7654321'] };
  return { vr, Value: [MARKS[vr] ?? (kind === 'text' ? 'MARK' : 7654321)] };
}

const MARK = /MARK|TUFSSw|7654321|19771231|235958|077Y/;

/** Patient's Name, Patient ID and Accession Number: the action Z allows another value. */
const PSEUDONYMS: ReadonlySet<string> = new Set(['00100010', '00100020', '00080050']);

/** All attributes of the table, and the same attributes in items of items. */
function everything(): DicomJson {
  const all: DicomJson = {};
  for (const [tag, action] of deidentifyActions()) all[tag] = action === 'X/Z/U*' ? REFERENCES : marked(vrOfTable(tag));
  return { ...all, '00081115': { vr: 'SQ', Value: [{ ...all, '0008114A': { vr: 'SQ', Value: [{ ...all }] } }] } };
}

/** Attributes of a data set and of its items, with their paths. */
function* flat(dataSet: DicomJson, path = ''): Generator<[path: string, tag: string, attribute: DicomJsonAttribute]> {
  for (const [tag, attribute] of Object.entries(dataSet)) {
    yield [`${path}/${tag}`, tag, attribute];
    if (attribute.vr !== 'SQ') continue;
    for (const [index, item] of (attribute.Value ?? []).entries()) {
      if (item !== null) yield* flat(item as DicomJson, `${path}/${tag}/${index}`);
    }
  }
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) frozen(part);
  return value;
}

describe('PS3.15 table E.1-1', () => {
  it('no attribute of the table keeps its value, at any depth', async () => {
    const before = frozen(everything());
    const after = await cleaned(before);
    expect(MARK.test(JSON.stringify(before))).toBe(true);
    expect(MARK.exec(JSON.stringify(after))).toBeNull();
    // The items are still in their places.
    const innermost = [...flat(after)].filter(([path]) => path.startsWith('/00081115/0/0008114A/0/'));
    expect(innermost.length).toBeGreaterThan(200);
  });

  it('actions follow the legend and are allowed for each type of attribute', async () => {
    const after = await cleaned(everything());
    const counts: Record<string, number> = {};
    for (const [tag, action] of deidentifyActions()) {
      counts[action] = (counts[action] ?? 0) + 1;
      const attribute = after[tag];
      const value = attribute?.Value?.[0] ?? attribute?.InlineBinary;
      if (action === 'X') expect(attribute, tag).toBeUndefined();
      else if (PSEUDONYMS.has(tag)) expect(JSON.stringify(value), tag).toMatch(/(PAT|ACC)-[0-9A-Z]{12}/);
      else if (tag === '00081110') expect(attribute?.Value).toHaveLength(1);
      else if (action === 'Z' || action === 'X/Z') expect(attribute, tag).toEqual({ vr: vrOfTable(tag) });
      else expect(value, tag).toBeDefined();
      if (action === 'U') expect(isUID(value as string), tag).toBe(true);
      const check = attribute && VALUE_CHECKS[attribute.vr];
      if (typeof value === 'string' && check) expect(check(value, true), tag).toBeUndefined();
    }
    expect(counts).toEqual({
      X: 411,
      Z: 42,
      D: 92,
      U: 55,
      'Z/D': 6,
      'X/Z': 11,
      'X/D': 23,
      'X/Z/D': 8,
      'X/Z/U*': 2,
    });
  });

  it('every attribute whose value is replaced is in PS3.6, with a VR for which the action is possible', () => {
    for (const [tag, action] of deidentifyActions()) {
      // Attributes of editions later than the dictionary's are removed anyway.
      if (action !== 'X') expect(vrOf(tag), tag).toBeDefined();
      if (action === 'U') expect(vrOf(tag), tag).toBe('UI');
      if (action === 'X/Z/U*') expect(vrOf(tag), tag).toBe('SQ');
    }
  });

  it('curves and overlays are removed as a whole, and so are private and unknown attributes', async () => {
    expect([actionOf('50003000'), actionOf('501E0010'), actionOf('60003000'), actionOf('60FE4000')]).toEqual(
      Array(4).fill('X'),
    );
    expect([actionOf('00500010'), actionOf('7FE00010'), actionOf('54000100')]).toEqual(Array(3).fill(undefined));
    const after = await cleaned({
      '00090010': { vr: 'LO', Value: ['MARK'] },
      '00091001': { vr: 'PN', Value: [{ Alphabetic: 'MARK' }] },
      '00081234': { vr: 'LO', Value: ['MARK'] },
      '60000010': { vr: 'US', Value: [2] },
      '60003000': { vr: 'OW', BulkDataURI: 'MARK' },
      '00082228': { vr: 'UN', InlineBinary: 'TUFSSw==' },
      '00081140': { vr: 'UN', InlineBinary: 'TUFSSw==' },
      '00100010': { vr: 'UN', InlineBinary: 'TUFSSw==' },
      '00080080': { vr: 'UN', BulkDataURI: 'MARK' },
      '7FE00010': { vr: 'OW', BulkDataURI: 'pixels' },
    });
    expect(MARK.exec(JSON.stringify(after))).toBeNull();
    expect(Object.keys(after).filter((tag) => !/^0012|^0028/.test(tag))).toEqual(
      expect.arrayContaining(['00100010', '00080080', '7FE00010']),
    );
    expect(after['7FE00010']).toEqual({ vr: 'OW', BulkDataURI: 'pixels' });
    expect(after['00100010']).toEqual({ vr: 'PN', Value: [{ Alphabetic: expect.stringMatching(/^PAT-/) }] });
    expect(after['00080080']).toEqual({ vr: 'LO', Value: ['REMOVED'] });
  });

  it('names, dates and times that are not in the table are replaced; the description of the image stays', async () => {
    const kept: DicomJson = {
      '00080060': { vr: 'CS', Value: ['CT'] },
      '00180050': { vr: 'DS', Value: [1.5] },
      '00280010': { vr: 'US', Value: [512] },
      '00200032': { vr: 'DS', Value: [1, 2, 3] },
      '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
    };
    const after = await cleaned({
      ...kept,
      '00080404': { vr: 'DT', Value: ['19771231235958'] },
      '00380018': { vr: 'LO', Value: ['MARK'] },
      // The VR differs from that in PS3.6.
      '00080416': { vr: 'LO', Value: ['MARK'] },
      '00080070': { vr: 'PN', Value: [{ Alphabetic: 'MARK' }] },
      '00081195': { vr: 'UI' },
      '0040A160': { vr: 'UT', Value: ['MARK'] },
      '00020100': { vr: 'UI', Value: ['1.2.3'] },
    });
    expect(after).toMatchObject(kept);
    expect(MARK.exec(JSON.stringify(after))).toBeNull();
    expect(after['00380018']).toBeUndefined();
    expect(after['00080404']).toEqual({ vr: 'DT', Value: ['19000101000000'] });
    expect(after['00081195']).toEqual({ vr: 'UI' });
  });
});

describe('sequences that must have items', () => {
  it('keep their items, with text replaced and numbers and terms unchanged', async () => {
    const graphic: DicomJson = {
      '00700002': { vr: 'CS', Value: ['LAYER'] },
      '00700008': {
        vr: 'SQ',
        Value: [{ '00700006': { vr: 'ST', Value: ['MARK'] }, '00700010': { vr: 'FL', Value: [1, 2] } }],
      },
    };
    const after = await cleaned({ '00700001': { vr: 'SQ', Value: [graphic] } });
    expect(after['00700001']).toEqual({
      vr: 'SQ',
      Value: [
        {
          '00700002': { vr: 'CS', Value: ['LAYER'] },
          '00700008': {
            vr: 'SQ',
            Value: [{ '00700006': { vr: 'ST', Value: ['REMOVED'] }, '00700010': { vr: 'FL', Value: [1, 2] } }],
          },
        },
      ],
    });
  });

  it('of a structured report become one text item', async () => {
    const item: DicomJson = { '0040A040': { vr: 'CS', Value: ['PNAME'] }, '0040A123': marked('PN') };
    const after = await cleaned({
      '0040A730': { vr: 'SQ', Value: [item, { '0040A730': { vr: 'SQ', Value: [item] } }] },
    });
    expect(after['0040A730']?.Value).toHaveLength(1);
    expect(after['0040A730']?.Value?.[0]).toMatchObject({ '0040A040': { vr: 'CS', Value: ['TEXT'] } });
    expect(readDicomJson(after)).toEqual([after]);
  });
});

describe('UIDs', () => {
  it('are replaced by a UUID made of their HMAC', async () => {
    expect(await derivedUID('1.2.3')).toBe('2.25.96864299995093350605813192188139972049');
    const uids = await Promise.all(Array.from({ length: 200 }, (_, index) => derivedUID(`1.2.${index}`)));
    expect(new Set(uids).size).toBe(200);
    expect(uids.every((uid) => isUID(uid) && uid.startsWith('2.25.'))).toBe(true);
  });

  it('still refer to the same objects, in this and in other instances', async () => {
    const [sop, study] = ['1.2.3.4', '1.2.3.5'];
    const image: DicomJson = {
      '00080018': { vr: 'UI', Value: [sop] },
      '0020000D': { vr: 'UI', Value: [study] },
      '00200052': { vr: 'UI', Value: ['1.2.840.10008.1.4.1.1'] },
      '00080058': { vr: 'UI', Value: [study, sop, null] },
    };
    const reference: DicomJson = {
      '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
      '00081155': { vr: 'UI', Value: [sop] },
      '00081160': { vr: 'IS', Value: [3] },
      '00080104': { vr: 'LO', Value: ['Localizer'] },
    };
    const after = await cleaned(image);
    const other = await cleaned({ '00081140': { vr: 'SQ', Value: [reference, null] } });
    const derived = await derivedUID(sop);
    expect(after['00080018']?.Value).toEqual([derived]);
    expect(after['00080058']?.Value).toEqual([await derivedUID(study), derived, null]);
    expect(after['00200052']).toEqual(image['00200052']);
    expect(other['00081140']?.Value).toEqual([{ ...reference, '00081155': { vr: 'UI', Value: [derived] } }, null]);
    const elsewhere = await deidentify(image, new Deidentification({}, new TextEncoder().encode('another')));
    expect(elsewhere['00080018']?.Value).not.toEqual([derived]);
  });
});

describe('PS3.15 E.1.1: statements', () => {
  it('name this de-identification and earlier ones', async () => {
    const method = (code: string, scheme: string): DicomJson => ({
      '00080100': { vr: 'SH', Value: [code] },
      '00080102': { vr: 'SH', Value: [scheme] },
      '00080104': { vr: 'LO', Value: ['MARK'] },
    });
    const after = await cleaned({
      '00120062': { vr: 'CS', Value: ['NO'] },
      '00120063': { vr: 'LO', Value: ['MARK'] },
      '00120064': {
        vr: 'SQ',
        Value: [method('113101', 'DCM'), method('113100', 'DCM'), method('113101', '99MARK'), null],
      },
    });
    expect(after['00120062']).toEqual({ vr: 'CS', Value: ['YES'] });
    expect(after['00280303']).toEqual({ vr: 'CS', Value: ['REMOVED'] });
    const codes = after['00120064']?.Value?.map((item) => (item as DicomJson)['00080100']?.Value?.[0]);
    expect(codes).toEqual(['113100', '113101']);
    expect(MARK.exec(JSON.stringify(after))).toBeNull();
    for (const [, , { vr, Value = [] }] of flat(after)) {
      for (const value of Value) if (typeof value === 'string') expect(VALUE_CHECKS[vr]?.(value, true)).toBeUndefined();
    }
  });

  it('de-identifying twice gives the same attributes', async () => {
    const once = await cleaned(everything());
    const twice = await cleaned(once);
    expect([...flat(twice)].map(([path]) => path).sort()).toEqual([...flat(once)].map(([path]) => path).sort());
  });
});
