import { describe, expect, it } from 'vitest';
import { Deidentification } from '../../../../src/dicom/deidentify/deidentification';
import { deidentify } from '../../../../src/dicom/deidentify/deidentify';
import type { DicomJson, DicomJsonAttribute } from '../../../../src/dicom/json/json-model';

const BASIC = new Deidentification({}, new TextEncoder().encode('secret'));
const cleaned = (dataSet: DicomJson): Promise<DicomJson> => deidentify(dataSet, BASIC);
const text = (vr: string, ...Value: string[]): DicomJsonAttribute => ({ vr, Value });

describe('short texts that the table does not have', () => {
  it('stay, but for the words that name a person or an identifier of the data set', async () => {
    const after = await cleaned({
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Müller^Hans^X' }] },
      '00100020': text('LO', 'MRN-4711'),
      '00080070': text('LO', 'Vendor'),
      '00180024': text('SH', 'T2 X müller/3D', 'Hans', 'fl2d'),
      '00181250': text('SH', 'MÜLLER 4711'),
      '00321064': {
        vr: 'SQ',
        Value: [{ '00080100': text('SH', 'X-1'), '00080104': text('LO', 'Head, Dr. Schmidt, for Hans Müller') }],
      },
      '00080090': { vr: 'PN', Value: [{ Alphabetic: 'Schmidt' }] },
    });
    expect(after['00080070']).toEqual(text('LO', 'Vendor'));
    expect(after['00180024']?.Value).toEqual(['T2 X /3D', null, 'fl2d']);
    expect(after['00181250']).toEqual(text('SH', 'REMOVED'));
    expect(JSON.stringify(after)).not.toMatch(/müller|hans|schmidt|4711/i);
    const code = after['00321064']?.Value?.[0] as DicomJson;
    expect(code['00080100']?.Value).toEqual(['X-1']);
    expect(code['00080104']?.Value).toEqual(['Head, Dr. , for']);
  });

  it('lose identifiers however these are grouped, and names in other scripts, spellings and inside words', async () => {
    const after = await cleaned({
      '00080005': text('CS', 'ISO_IR 192'),
      '00100010': {
        vr: 'PN',
        Value: [{ Alphabetic: 'Müller^Jörg', Ideographic: '毛利^太郎', Phonetic: 'もうり^たろう' }],
      },
      '00100020': text('LO', '44-55-66'),
      '00080070': text('LO', '太郎'),
      '00181020': text('LO', 'V 44/55/66', 'v445566b', '1.44.55', 'Jorg-3'),
      '00181250': text('SH', '毛利太郎 coil', 'MUELLERs coil', 'Muller', 'もうり'),
      '00180024': text('SH', 'x'.repeat(16)),
    });
    expect(after['00080070']).toEqual(text('LO', 'REMOVED'));
    expect(after['00181020']?.Value).toEqual(['V //', null, '1.44.55', '-3']);
    expect(after['00181250']?.Value).toEqual(['coil', 'coil', null, null]);
    expect(after['00180024']?.Value).toEqual(['x'.repeat(16)]);
  });

  it('are terms too, but for those without which nothing can be read', async () => {
    const after = await cleaned({
      '00080005': text('CS', 'ISO_IR 192'),
      '00080008': text('CS', 'ORIGINAL', 'PRIMARY', 'WILHELMINA'),
      '00080060': text('CS', 'XNAME'),
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Xname^Wilhelmina' }] },
      '00100020': text('LO', 'PID77'),
      '00180015': text('CS', 'XNAME_LEFT'),
      '00280A02': text('CS', 'PID77'),
    });
    expect(after['00080008']?.Value).toEqual(['ORIGINAL', 'PRIMARY', null]);
    expect(after['00180015']?.Value).toEqual([null]);
    expect(after['00280A02']?.Value).toEqual([null]);
    expect(after['00080060']?.Value).toEqual(['XNAME']);
  });
});
