import { describe, expect, it } from 'vitest';
import { characterSetOf } from '../../../../src/dicom/values/character-sets';
import { attribute, concat, EXPLICIT, element, file, identified, item, latin1, part10, read } from '../build';

const E = '\u001b';
function decode(set: string, text: string, name = false): string {
  const bytes = latin1(text);
  return characterSetOf(set).decode(bytes, 0, bytes.length, name, true);
}
const utf8 = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text));

describe('single-byte repertoires (PS3.3 table C.12-2)', () => {
  it.each([
    ['ISO_IR 100', 'Buc^J\xe9r\xf4me', 'Buc^Jérôme'],
    ['ISO_IR 100', '\x80\x9f', '\u0080\u009f'],
    ['ISO_IR 101', 'W\xb3odarczyk', 'Włodarczyk'],
    ['ISO_IR 109', '\xa1\xb1', 'Ħħ'],
    ['ISO_IR 110', '\xa1\xe0', 'Ąā'],
    ['ISO_IR 144', '\xbb\xee\xda', 'Люк'],
    ['ISO_IR 127', '\xe2\xc8\xc7', 'قبا'],
    ['ISO_IR 126', '\xc4\xe9', 'Δι'],
    ['ISO_IR 138', '\xf9\xf8\xe5\xef', 'שרון'],
    ['ISO_IR 148', '\xc7\xfd\xfe', 'Çış'],
    ['ISO_IR 166', '\xa1\xd2', 'กา'],
    ['ISO_IR 13', '\xd4\xcf\xc0\xde', 'ﾔﾏﾀﾞ'],
    ['ISO_IR 203', '\xa4', '€'],
    ['ISO_IR 192', utf8('Wáng^小東'), 'Wáng^小東'],
    ['GB18030', 'Wang^\xcd\xf5', 'Wang^王'],
    ['GBK', '\x81\x5c', '乗'.length === 1 ? new TextDecoder('gbk').decode(Uint8Array.of(0x81, 0x5c)) : ''],
  ])('%s %j', (set, bytes, text) => expect(decode(set, bytes)).toBe(text));
});

describe('non-standard spellings in real files', () => {
  it.each([
    'ISO-IR 100',
    'ISO IR 100',
    'iso_ir 100',
    'ISO_IR_100',
    'ISO_IR100',
    ' ISO_IR 100 ',
    'ISO 2022 IR 100',
    'ISO8859-1',
    'latin1',
  ])('%s', (set) => {
    expect(decode(set === 'ISO8859-1' ? 'ISO 8859-1' : set, '\xe9')).toBe('é');
  });

  it.each(['UTF8', 'UTF-8', 'utf-8', 'ISO_IR 192', 'ISO-IR 192'])('%s', (set) =>
    expect(decode(set, utf8('é'))).toBe('é'),
  );

  it('reads undeclared text as UTF-8 when it is valid, otherwise as Latin-1', () => {
    for (const set of ['', 'ISO_IR 6', 'ISO 2022 IR 6']) {
      expect(decode(set, utf8('é'))).toBe('é');
      expect(decode(set, '\xe9a')).toBe('éa');
    }
  });

  it('ignores and reports an unknown set', () => {
    let unknown = 0;
    const set = characterSetOf('KLINGON\\ISO_IR 100', () => unknown++);
    expect(set.decode(Uint8Array.of(0xe9), 0, 1, false, true)).toBe('é');
    expect(unknown).toBe(1);
    expect(read(file(element(0x00400280, 'ST', 'x '))).warnings).toEqual([]);
    const parsed = read(part10(EXPLICIT, identified([], {}, [element(0x00080005, 'CS', 'KLINGON')])));
    expect(parsed.warnings).toEqual([{ tag: '00080005', reason: 'unknown-character-set' }]);
  });
});

describe('code extensions (PS3.5 6.1.2.5, annexes H, I, K)', () => {
  it('Japanese, H.3.1', () => {
    const name = `Yamada^Tarou=${E}$B;3ED${E}(B^${E}$BB@O:${E}(B=${E}$B$d$^$@${E}(B^${E}$B$?$m$&${E}(B`;
    expect(decode('\\ISO 2022 IR 87', name, true)).toBe('Yamada^Tarou=山田^太郎=やまだ^たろう');
  });

  it('Japanese with katakana in G1, H.3.2', () => {
    const name = `\xd4\xcf\xc0\xde^\xc0\xdb\xb3=${E}$B;3ED${E}(J^${E}$BB@O:${E}(J=${E}$B$d$^$@${E}(J^${E}$B$?$m$&${E}(J`;
    expect(decode('ISO 2022 IR 13\\ISO 2022 IR 87', name, true)).toBe('ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう');
  });

  it('supplementary kanji', () => {
    expect(decode('\\ISO 2022 IR 159', `a${E}$(D0!${E}(Bb`)).toBe('a丂b');
  });

  it('Korean, I.2: designated again after each delimiter', () => {
    const name = `Hong^Gildong=${E}$)C\xfb\xf3^${E}$)C\xd1\xce\xd4\xd7=${E}$)C\xc8\xab^${E}$)C\xb1\xe6\xb5\xbf`;
    expect(decode('\\ISO 2022 IR 149', name, true)).toBe('Hong^Gildong=洪^吉洞=홍^길동');
  });

  it('Chinese, K.2', () => {
    const name = `Zhang^XiaoDong=${E}$)A\xd5\xc5^${E}$)A\xd0\xa1\xb6\xab=`;
    expect(decode('\\ISO 2022 IR 58', name, true)).toBe('Zhang^XiaoDong=张^小东=');
  });

  it('several single-byte sets', () => {
    expect(decode('ISO 2022 IR 100\\ISO 2022 IR 144', `\xe9${E}-L\xbb\xee\xda\\\xe9`)).toBe('éЛюк\\é');
  });

  it('line ends reset the code elements; in names, ^ and = do so too', () => {
    expect(decode('ISO 2022 IR 100\\ISO 2022 IR 144', `${E}-L\xbb\r\n\xe9`)).toBe('Л\r\né');
    expect(decode('ISO 2022 IR 100\\ISO 2022 IR 144', `${E}-L\xbb^\xe9`, true)).toBe('Л^é');
    expect(decode('ISO 2022 IR 100\\ISO 2022 IR 144', `${E}-L\xbb^\xee`, false)).toBe('Л^ю');
  });

  it('a backslash byte within a kanji is not a separator', () => {
    // JIS X 0208 3D5C: its second byte is that of the backslash.
    const parsed = read(
      part10(
        EXPLICIT,
        identified([], {}, [
          element(0x00080005, 'CS', '\\ISO 2022 IR 87'),
          element(0x00081030, 'LO', `${E}$B=\\${E}(B\\x`),
        ]),
      ),
    );
    expect(attribute(parsed, '00081030')).toEqual({
      vr: 'LO',
      Value: ['十'.length ? new TextDecoder('euc-jp').decode(Uint8Array.of(0xbd, 0xdc)) : '', 'x'],
    });
  });

  it('an unknown escape sequence is left as it is', () => {
    expect(decode('\\ISO 2022 IR 87', `a${E}%Gb`)).toBe(`a${E}%Gb`);
  });
});

describe('data sets', () => {
  it('items inherit the set, and may have their own', () => {
    const name = element(0x00081030, 'LO', '\xbb\xee');
    const own = concat(element(0x00080005, 'CS', 'ISO_IR 144'), name);
    const parsed = read(
      part10(
        EXPLICIT,
        identified([element(0x00400260, 'SQ', concat(item(name), item(own), item(name)))], {}, [
          element(0x00080005, 'CS', 'ISO_IR 100'),
        ]),
      ),
    );
    const items = (attribute(parsed, '00400260') as { Value: Record<string, { Value: string[] }>[] }).Value;
    expect(items.map((each) => each['00081030']!.Value[0])).toEqual(['»î', 'Лю', '»î']);
  });

  it('applies to text, not to codes', () => {
    const parsed = read(
      part10(
        EXPLICIT,
        identified([], {}, [element(0x00080005, 'CS', 'ISO_IR 192'), element(0x00080060, 'CS', utf8('é'))]),
      ),
    );
    expect(attribute(parsed, '00080060')).toEqual({ vr: 'CS', Value: ['Ã©'] });
  });
});
