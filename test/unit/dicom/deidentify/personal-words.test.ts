import { describe, expect, it } from 'vitest';
import { Deidentification } from '../../../../src/dicom/deidentify/deidentification';
import { deidentify } from '../../../../src/dicom/deidentify/deidentify';
import { PersonalWords } from '../../../../src/dicom/deidentify/personal-words';
import type { DicomJson, DicomJsonAttribute } from '../../../../src/dicom/json/json-model';
import { parsePersonName } from '../../../../src/dicom/values/person-name';

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

describe('spellings of a name of the data set', () => {
  const names = (name: string, patientID = '') =>
    new PersonalWords({
      '00100010': {
        vr: 'PN',
        Value: [parsePersonName(name)],
      },
      '00100020': text('LO', patientID),
    });

  it.each([
    ['Müller^José', ['Müller', 'Mu\u0308ller', 'MU\u0308LLER', 'Muller', 'Mueller', 'Jose', 'Jose\u0301', 'Ｍüller']],
    ['Mu\u0308ller^X', ['Müller', 'Mu\u0308ller', 'Muller', 'MUELLER']],
    ['Muller^X', ['Müller', 'Mu\u0308ller', 'Mueller']],
    ['Mueller^X', ['Müller', 'Mu\u0308ller', 'Muller']],
    ['Wałęsa^Łukasz', ['Walesa', 'Wałęsa', 'WALE\u0328SA', 'Lukasz']],
    ['Walesa^Lukasz', ['Wałęsa', 'Łukasz']],
    ['Groß^Anna', ['Gross', 'GROẞ', 'groß']],
    ['Ångström^Åse', ['Angstrom', 'Aangstroem', 'A\u030angstro\u0308m', 'Aase', 'Ase']],
    ['Sørensen^Bjørn', ['Sorensen', 'Soerensen', 'Bjorn', 'Bjoern']],
    ['Đurić^Þór', ['Duric', 'Thor']],
    ['Işık^Zeynep', ['ISIK', 'Isik']],
    ['Иванов^Пётр', ['ИВАНОВ', 'Петр', 'Пе\u0308тр']],
    ['ﾔﾏﾀﾞ^ﾀﾛｳ', ['ﾔﾏﾀﾞ', 'ヤマダ', 'ヤマタ\u3099', 'やまだ', 'ヤマダ様', 'タロウ', 'ヤマダ・タロウ']],
    ['YAMADA^TAROU=山田^太郎=やまだ^たろう', ['ﾔﾏﾀﾞ', 'ヤマダ', 'ＹＡＭＡＤＡ', '山田太郎', 'YamadaTarou']],
    ['まい^リカ', ['マイ', 'ﾏｲ', 'まいさん', 'りか', 'リカさん', 'ﾘｶさん', 'まいりか']],
    ['한국^민수', ['한국', '한국'.normalize('NFD')]],
    ["O'Neil^Li", ['ONeil', 'Oneil', 'O’Neil', 'OʼNeil', 'O‑Neil', 'ONeils', 'O´Neil', "O'NEIL"]],
    ['ONeil^Li', ["O'Neil", 'O’Neil', 'O-Neil', 'OʻNeil', 'O\u200bNeil', "O'Neil’s"]],
    ["D'Or^Al", ['DOr', 'D’Or', 'D-Or']],
    ['Lee-Ann^Wu', ['LeeAnn', 'LEE ANN', 'Lee\u2013Ann']],
    ['Doe^Jane', ['JaneDoe', 'DOEJANE', 'Doe,jane']],
    ['Mc Donald^Al', ['McDonald', 'Donald']],
    ['Li^Xiaoming', ['Xiao Ming', 'Xiao-Ming', 'XIAO MING']],
    ["O'Neil^Li", ['O Neil']],
  ])('%s: none stays', (name, written) => {
    for (const each of written) {
      expect(names(name).removedFrom(each), each).not.toMatch(/\p{L}{2}/u);
      expect(names(name).removedFrom(`Head ${each} 3D`), each).toMatch(/^Head (?:[,’] ?s? )?3D$/);
    }
  });

  it('identifiers in full width too', () => {
    for (const each of ['AB12345', 'ab-12345', 'AB１２３４５', 'ＡＢ－１２３ ４５', 'A.B.1.2.3.4.5']) {
      expect(names('Test', 'AB12345').removedFrom(`Coil ${each}`), each).toMatch(/^Coil[ .]*$/);
    }
  });

  it.each([
    ['Hand^Li', ['HANDHELD', 'handheld 3D', 'T2-HANDHELD', 'line', 'Linear']],
    ['Noe^Coer', ['no', 'cor', 'no T2 cor']],
    ['Muller^Max', ['Mull', 'Maximum', 'mult-er', 'Mu-ller2']],
    ['O^Neil', ['O-arm', 'o']],
    ['Noel^Asa', ['no el', 'as a T2']],
    ['van der Berg^An', ['Vanderbilt coil', 'Anterior', 'wander']],
    ['まい^たか', ['マイクロ', 'たが', 'ダイ']],
    ['ﾏｲ', ['まいくろ', 'マ イ']],
    ['한국^민', ['하 국가', '민족']],
    ['', ['Müller', 'ﾔﾏﾀﾞ', "O'Neil"]],
  ])('%s: other words stay', (name, written) => {
    for (const each of written) expect(names(name).removedFrom(each), each).toBe(each);
  });

  it('what is left keeps its own characters and marks', () => {
    const text = 'Ko\u0308pf ﾃﾞｰﾀ １２３, Mu\u0308ller-Lu\u0308denscheidt’s ﬁlm';
    expect(names('Müller').removedFrom(text)).toBe('Ko\u0308pf ﾃﾞｰﾀ １２３, -Lu\u0308denscheidt’s ﬁlm');
  });

  it('in long texts of repeated groups are found', () => {
    const text = 'ab-'.repeat(100_000);
    expect(names('Ba^Ba', 'abab').removedFrom(text)).toBe('');
    expect(names("Abab'ab").removedFrom(`${text}x`)).toMatch(/^-?x$/);
  });
});
