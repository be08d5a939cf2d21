import { describe, expect, it } from 'vitest';
import { readDicomJson } from '../../../../src/dicom/json/dicom-json-reader';
import { failure } from '../build';

function one(dataSet: unknown): unknown {
  return readDicomJson([dataSet])[0];
}
function refused(metadata: unknown): unknown {
  return failure(() => readDicomJson(metadata));
}

describe('metadata as JSON', () => {
  it('is an array of data sets, or one alone', () => {
    const dataSet = { '00100020': { vr: 'LO', Value: ['P1'] } };
    expect(readDicomJson(dataSet)).toEqual([dataSet]);
    expect(readDicomJson([dataSet, {}])).toEqual([dataSet, {}]);
    expect(readDicomJson([])).toEqual([]);
  });

  it('returns tags in upper case, whatever case the client uses', () => {
    expect(one({ '0008103e': { vr: 'LO', Value: ['x'] } })).toEqual({ '0008103E': { vr: 'LO', Value: ['x'] } });
    expect(refused([{ '0008103e': { vr: 'LO' }, '0008103E': { vr: 'LO' } }])).toEqual({
      code: 'malformed',
      tag: '0008103E',
    });
  });

  it.each([
    ['00100010', { Value: ['A^B'] }, { vr: 'PN', Value: [{ Alphabetic: 'A^B' }] }],
    ['00280010', { Value: [512] }, { vr: 'US', Value: [512] }],
    ['60020010', { Value: [512] }, { vr: 'US', Value: [512] }],
    ['7FE00010', { BulkDataURI: 'x' }, { vr: 'OW', BulkDataURI: 'x' }],
    ['00281101', { vr: 'US or SS', Value: [1, 2, 3] }, { vr: 'US', Value: [1, 2, 3] }],
    ['00283006', { Value: [1, 2] }, { vr: 'US', Value: [1, 2] }],
    ['00283006', { InlineBinary: 'AQI=' }, { vr: 'OW', InlineBinary: 'AQI=' }],
    ['00290010', { Value: ['X'] }, { vr: 'LO', Value: ['X'] }],
    ['00291001', { InlineBinary: 'AQI=' }, { vr: 'UN', InlineBinary: 'AQI=' }],
    ['00291001', { InlineBinary: 'AQ\r\nI=\n' }, { vr: 'UN', InlineBinary: 'AQI=' }],
    ['00291001', {}, { vr: 'UN' }],
  ])('takes the VR of %s %j from the dictionary', (tag, attribute, expected) => {
    expect(one({ [tag]: attribute })).toEqual({ [tag]: expected });
  });

  it('takes Pixel Representation as text, as in XML', () => {
    for (const [value, vr] of [
      ['1', 'SS'],
      ['0', 'US'],
      [null, 'US'],
    ] as const) {
      const dataSet = { '00280103': { vr: 'US', Value: [value] }, '00280106': { Value: ['5'] } };
      expect(readDicomJson(dataSet)[0]?.['00280106']).toEqual({ vr, Value: [5] });
    }
  });

  it('takes numbers without a VR as signed where pixels are signed, in items too', () => {
    const attributes = { '00281101': { Value: [1] }, '00283006': { Value: [1] } };
    const signed = { '00281101': { vr: 'SS', Value: [1] }, '00283006': { vr: 'US', Value: [1] } };
    const around = { '00280103': { vr: 'US', Value: [1] } };
    expect(one({ ...around, ...attributes, '00283000': { vr: 'SQ', Value: [attributes] } })).toEqual({
      ...around,
      ...signed,
      '00283000': { vr: 'SQ', Value: [signed] },
    });
  });

  it('converts text to numbers for binary VRs, as far as a number can hold the value', () => {
    const read = (vr: string, ...Value: string[]) => one({ '00091001': { vr, Value } });
    expect(read('US', '12')).toEqual({ '00091001': { vr: 'US', Value: [12] } });
    expect(read('FD', ' 1e3 ', 'NaN')).toEqual({ '00091001': { vr: 'FD', Value: [1000, 'NaN'] } });
    expect(read('UV', '18446744073709551615', '7')).toEqual({
      '00091001': { vr: 'UV', Value: ['18446744073709551615', 7] },
    });
    expect(read('AT', '00100010')).toEqual({ '00091001': { vr: 'AT', Value: ['00100010'] } });
    expect(read('US', '0x10')).toEqual({ '00091001': { vr: 'US', Value: ['0x10'] } });
    expect(read('DS', '1.50')).toEqual({ '00091001': { vr: 'DS', Value: ['1.50'] } });
  });

  it('may have empty values, null members and unknown members', () => {
    expect(
      one({
        '00100020': { vr: 'LO', Value: [] },
        '00080008': { vr: 'CS', Value: ['A', null], BulkDataURI: null, comment: 'x' },
        '00081110': { vr: 'SQ', Value: [null, {}] },
        '00100010': { vr: 'PN', Value: [null] },
      }),
    ).toEqual({
      '00100020': { vr: 'LO' },
      '00080008': { vr: 'CS', Value: ['A', null] },
      '00081110': { vr: 'SQ', Value: [{}, {}] },
      '00100010': { vr: 'PN', Value: [null] },
    });
  });

  it.each([
    ['text', 'text', undefined],
    ['null', [null], undefined],
    ['an array in an array', [[{}]], undefined],
    ['a keyword', [{ PatientID: { vr: 'LO' } }], undefined],
    ['a delimiter', [{ fffee000: { vr: 'OB' } }], 'FFFEE000'],
    ['an attribute that is text', [{ '00100020': 'P1' }], '00100020'],
    ['an attribute that is null', [{ '00100020': null }], '00100020'],
    ['an unknown VR', [{ '00100020': { vr: 'XX' } }], '00100020'],
    ['a VR that is the name of an inherited member', [{ '00100020': { vr: 'constructor' } }], '00100020'],
    ['a VR that is a number', [{ '00100020': { vr: 1 } }], '00100020'],
    ['private text without a VR', [{ '00291001': { Value: ['x'] } }], '00291001'],
    ['Value that is text', [{ '00100020': { vr: 'LO', Value: 'P1' } }], '00100020'],
    ['a value that is true', [{ '00100020': { vr: 'LO', Value: [true] } }], '00100020'],
    ['a value that is an object', [{ '00100020': { vr: 'LO', Value: [{}] } }], '00100020'],
    ['a name that is a number', [{ '00100010': { vr: 'PN', Value: [1] } }], '00100010'],
    ['a name with unknown groups', [{ '00100010': { vr: 'PN', Value: [{ Latin: 'x' }] } }], '00100010'],
    ['an item that is text', [{ '00081110': { vr: 'SQ', Value: ['x'] } }], '00081110'],
    ['a bad attribute in an item', [{ '00081110': { vr: 'SQ', Value: [{ '00100020': 1 }] } }], '00100020'],
    ['a URI that is a number', [{ '7FE00010': { vr: 'OW', BulkDataURI: 1 } }], '7FE00010'],
    ['bytes that are an array', [{ '00291001': { vr: 'OB', InlineBinary: ['AQI='] } }], '00291001'],
    ['both a URI and bytes', [{ '7FE00010': { vr: 'OW', BulkDataURI: 'x', InlineBinary: 'AQI=' } }], '7FE00010'],
    ['values and a URI', [{ '00100020': { vr: 'LO', Value: ['x'], BulkDataURI: 'x' } }], '00100020'],
  ])('is refused when it has %s', (_, metadata, tag) => {
    expect(refused(metadata)).toEqual({ code: 'malformed', tag });
  });

  it('is refused at once when sequences nest too deep', () => {
    const nested = (depth: number) =>
      JSON.parse(`${'{"00081110":{"vr":"SQ","Value":['.repeat(depth)}{}${']}}'.repeat(depth)}`) as unknown;
    expect(readDicomJson(nested(256))).toHaveLength(1);
    expect(refused(nested(257))).toEqual({ code: 'too-large', tag: '00081110' });
    expect(refused(nested(5000))).toEqual({ code: 'too-large', tag: '00081110' });
  });

  it('cannot reach members that all objects inherit', () => {
    const tricks = JSON.parse(
      '[{"__proto__":{"vr":"LO"}},{"00100020":{"__proto__":{"vr":"LO","Value":["x"]}}}]',
    ) as unknown[];
    expect(refused([tricks[0]])).toEqual({ code: 'malformed', tag: undefined });
    expect(one(tricks[1])).toEqual({ '00100020': { vr: 'LO' } });
    expect(Object.hasOwn(Object.prototype, 'vr')).toBe(false);
  });
});
