import { describe, expect, it } from 'vitest';
import {
  attribute,
  concat,
  EXPLICIT,
  element,
  file,
  identified,
  implicitFile,
  implicitVR,
  item,
  latin1,
  part10,
  read,
  sequenceEnd,
  UNDEFINED,
  u16,
  u32,
} from './build';

describe('sequences (PS3.5 7.5)', () => {
  const content = element(0x00080100, 'SH', 'code');
  const one = { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['code'] } }] };

  it.each([
    ['defined in defined', element(0x00400260, 'SQ', item(content))],
    ['undefined in defined', element(0x00400260, 'SQ', item(content, { undefined: true }))],
    ['defined in undefined', element(0x00400260, 'SQ', concat(item(content), sequenceEnd()), { length: UNDEFINED })],
    [
      'undefined in undefined',
      element(0x00400260, 'SQ', concat(item(content, { undefined: true }), sequenceEnd()), { length: UNDEFINED }),
    ],
  ])('%s', (_, bytes) => {
    const parsed = read(file(bytes, element(0x00400280, 'ST', 'next')));
    expect(attribute(parsed, '00400260')).toEqual(one);
    expect(attribute(parsed, '00400280')).toEqual({ vr: 'ST', Value: ['next'] });
    expect(parsed.warnings).toEqual([]);
  });

  it('an item that lacks its delimiter ends where the next begins', () => {
    const open = concat(u16([0xfffe, 0xe000]), u32([UNDEFINED]), content);
    const parsed = read(file(element(0x00400260, 'SQ', concat(open, open, sequenceEnd()), { length: UNDEFINED })));
    expect((attribute(parsed, '00400260') as { Value: unknown[] }).Value).toHaveLength(2);
    expect(parsed.warnings).toEqual([{ tag: '00400260', reason: 'missing-delimiter' }]);
  });

  it('a delimiter that closes nothing is skipped', () => {
    const parsed = read(file(sequenceEnd(), element(0x00400280, 'ST', 'next')));
    expect(attribute(parsed, '00400280')).toEqual({ vr: 'ST', Value: ['next'] });
    expect(parsed.warnings).toEqual([{ tag: 'FFFEE0DD', reason: 'unexpected-delimiter' }]);
  });

  it('an element longer than its item makes the sequence unreadable, not the file', () => {
    const bad = item(element(0x00080100, 'SH', 'code', { length: 400 }));
    const parsed = read(file(element(0x00400260, 'SQ', bad), element(0x00400280, 'ST', 'next')));
    expect(attribute(parsed, '00400260')).toMatchObject({ vr: 'UN', BulkDataURI: expect.any(String) });
    expect(attribute(parsed, '00400280')).toEqual({ vr: 'ST', Value: ['next'] });
  });

  it('drops the bulk ranges of a sequence that is given up', () => {
    const bad = concat(item(element(0x00411001, 'OB', new Uint8Array(20))), latin1('12345678'));
    const parsed = read(file(element(0x00400260, 'SQ', bad)), { maxInlineBytes: 10 });
    expect(parsed.layout.bulk!.map(([path]) => path)).toEqual(['00400260']);
  });
});

describe('order and duplicates (PS3.5 7.1)', () => {
  it('sorts attributes that are out of order', () => {
    const inner = item(concat(element(0x00080104, 'LO', 'b '), element(0x00080100, 'SH', 'a ')));
    const parsed = read(file(element(0x00400260, 'SQ', inner), element(0x00100020, 'LO', 'ID')));
    expect([...parsed.elements.keys()]).toEqual([
      '00080016',
      '00080018',
      '00100020',
      '0020000D',
      '0020000E',
      '00400260',
    ]);
    expect(parsed.elements.get('00400260')).toMatch(/00080100.*00080104/);
    expect(parsed.json.indexOf('00100020')).toBeLessThan(parsed.json.indexOf('0020000D'));
    expect(parsed.warnings).toEqual([
      { tag: '00080100', reason: 'out-of-order' },
      { tag: '00100020', reason: 'out-of-order' },
    ]);
  });

  it('sorts attributes that are out of order in implicit VR too', () => {
    const late = [element(0x00100020, 'LO', 'ID', implicitVR), element(0x00291001, 'LO', 'x ', implicitVR)];
    const parsed = read(implicitFile(element(0x00400280, 'ST', 'text', implicitVR), ...late));
    expect([...parsed.elements.keys()].slice(2)).toEqual(['00100020', '0020000D', '0020000E', '00291001', '00400280']);
    expect(parsed.warnings.map(({ reason }) => reason)).toEqual(['out-of-order', 'out-of-order']);
  });

  it('keeps the first of duplicate attributes', () => {
    const sequence = (text: string): Uint8Array =>
      element(
        0x00400260,
        'SQ',
        item(concat(element(0x00080100, 'SH', text), element(0x00411001, 'OB', new Uint8Array(20)))),
      );
    const parsed = read(
      file(element(0x00200010, 'SH', 'one '), element(0x00200010, 'SH', 'two '), sequence('a '), sequence('b ')),
      { maxInlineBytes: 10 },
    );
    expect(attribute(parsed, '00200010')).toEqual({ vr: 'SH', Value: ['one'] });
    expect(attribute(parsed, '00400260')).toMatchObject({ Value: [{ '00080100': { Value: ['a'] } }] });
    expect(parsed.layout.bulk).toHaveLength(1);
    expect(parsed.warnings).toEqual([
      { tag: '00200010', reason: 'duplicate' },
      { tag: '00400260', reason: 'duplicate' },
    ]);
  });

  it('leaves a stray group 0002 out', () => {
    expect(read(file(element(0x00020010, 'UI', '1.2'))).elements.has('00020010')).toBe(false);
  });

  it('keeps an existing Available Transfer Syntax UID', () => {
    const parsed = read(part10(EXPLICIT, identified([element(0x00083002, 'UI', '1.9')])));
    expect(JSON.parse(parsed.json)['00083002']).toEqual({ vr: 'UI', Value: ['1.9'] });
  });
});
