import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

/** Bytes as other software writes them, in hexadecimal digits; those with a clause are the examples of PS3.5. */
const NAMES: [title: string, characterSet: string, name: string, bytes: string, query: string][] = [
  [
    'Japanese by code extension (H.3.1)',
    '\\ISO 2022 IR 87',
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
    '59616d6164615e5461726f753d1b24423b3345441b28425e1b244242404f3a1b28423d1b24422464245e24401b28425e1b2442243f246d24261b2842',
    '山田^太郎',
  ],
  [
    'Japanese with katakana (H.3.2)',
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
    'd4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a3d1b24422464245e24401b284a5e1b2442243f246d24261b284a',
    'ヤマダ^タロウ',
  ],
  [
    'Japanese of the supplementary set',
    '\\ISO 2022 IR 87\\ISO 2022 IR 159',
    'Suzuki=鷗^太郎',
    '53757a756b693d1b2428446c3f1b28425e1b244242404f3a1b2842',
    '鷗^太郎',
  ],
  ['katakana alone', 'ISO_IR 13', 'ｽｽﾞｷ^ｲﾁﾛｳ', 'bdbddeb75eb2c1dbb3', 'ｽｽﾞｷ*'],
  [
    'Korean (I.2)',
    '\\ISO 2022 IR 149',
    'Hong^Gildong=洪^吉洞=홍^길동',
    '486f6e675e47696c646f6e673d1b242943fbf35e1b242943d1ced4d73d1b242943c8ab5e1b242943b1e6b5bf',
    '홍^길동',
  ],
  [
    'Chinese by GB18030 (J.3)',
    'GB18030',
    'Wang^XiaoDong=王^小东',
    '57616e675e5869616f446f6e673dcdf55ed0a1b6ab',
    '王^小*',
  ],
  ['Chinese by GBK', 'GBK', 'Zhang^XiaoLong=张^小龙', '5a68616e675e5869616f4c6f6e673dd5c55ed0a1c1fa', '张^小龙'],
  [
    'Chinese by code extension (K.2)',
    '\\ISO 2022 IR 58',
    'Zhao^XiaoDong=赵^小东',
    '5a68616f5e5869616f446f6e673d1b242941d5d45e1b242941d0a1b6ab',
    '赵^小?',
  ],
  ['UTF-8 (J.1)', 'ISO_IR 192', 'Wang^XiaoDong=王^小東', '57616e675e5869616f446f6e673de78e8b5ee5b08fe69db1', '王^小東'],
  ['Latin 1', 'ISO_IR 100', 'Buc^Jérôme', '4275635e4ae972f46d65', 'buc^jerome'],
  ['Latin 2', 'ISO_IR 101', 'Wałęsa^Łukasz', '5761b3ea73615ea3756b61737a', 'WALESA^LUKASZ'],
  ['Latin 3', 'ISO_IR 109', 'Ĥoŝano^Ĝuĉjo', 'a66ffe616e6f5ed875e66a6f', 'hosano^*'],
  ['Latin 4', 'ISO_IR 110', 'Bērziņš^Jānis', '42ba727a69f1b95e4ae06e6973', 'berzins^janis'],
  ['Cyrillic', 'ISO_IR 144', 'Люкceмбypг^Иван', 'bbeeda6365dcd17970d35eb8d2d0dd', 'люкceмбypг^иван'],
  ['Arabic', 'ISO_IR 127', 'قباني^لنزار', 'e2c8c7e6ea5ee4e6d2c7d1', 'قباني^لنزار'],
  ['Greek', 'ISO_IR 126', 'Διονύσιος^Νίκος', 'c4e9efedfdf3e9eff25ecddfeaeff2', 'ΔΙΟΝΥΣΙΟΣ^ΝΙΚΟΣ'],
  ['Hebrew', 'ISO_IR 138', 'שרון^דבורה', 'f9f8e5ef5ee3e1e5f8e4', 'שרון^דבורה'],
  ['Turkish', 'ISO_IR 148', 'Çavuşoğlu^İbrahim', 'c7617675fe6ff06c755edd62726168696d', 'cavusoglu^*'],
  ['Thai', 'ISO_IR 166', 'สมชาย^ใจดี', 'cac1aad2c25ee3a8b4d5', 'สมชาย^ใจดี'],
  ['Latin 9', 'ISO_IR 203', 'Œuvrard^Šárka', 'bc7576726172645ea6e1726b61', 'oeuvrard^sarka'],
  [
    'two at once',
    'ISO 2022 IR 6\\ISO 2022 IR 144\\ISO 2022 IR 126',
    'Ivanov=Иван^Νίκος',
    '4976616e6f763d1b2d4cb8d2d0dd5e1b2d46cddfeaeff2',
    'иван^νικος',
  ],
];

const GROUPS = ['Alphabetic', 'Ideographic', 'Phonetic'];

describe('PS3.18 8.3.1 and F.2: queries and answers are UTF-8, whatever the character set of the file', () => {
  it.each(NAMES)('%s', async (_, characterSet, name, bytes, query) => {
    await archive.store([
      named('1.2.1', characterSet, octets(bytes)),
      named('1.2.2', 'ISO_IR 192', new TextEncoder().encode('Somebody^Else')),
    ]);
    const groups = name.split('=').map((group, at) => [GROUPS[at], group]);
    for (const asked of [query, name, ...groups.map(([, group]) => group)]) {
      const found = await archive.json(`/dicomweb/studies?PatientName=${encodeURIComponent(asked ?? '')}`);
      expect(
        found.map((row) => row['0020000D']?.Value),
        asked,
      ).toEqual([['1.2.1']]);
      expect(found[0]?.['00100010']).toEqual({ vr: 'PN', Value: [Object.fromEntries(groups)] });
    }
    const described = await archive.json(`/dicomweb/studies?StudyDescription=${encodeURIComponent(`*${name}`)}`);
    expect(described.map((row) => row['0020000D']?.Value)).toEqual([['1.2.1']]);
  });
});

/** A study of a patient so named; its description is the name. */
function named(study: string, characterSet: string, name: Uint8Array): Uint8Array {
  return slice({
    study,
    series: `${study}.1`,
    sop: `${study}.2`,
    rows: 2,
    columns: 2,
    elements: [
      [0x00080005, 'CS', characterSet],
      [0x00100010, 'PN', padded(name)],
      [0x00081030, 'LO', padded(name)],
    ],
  });
}

function padded(bytes: Uint8Array): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : Uint8Array.of(...bytes, 0x20);
}

function octets(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
