import { describe, expect, it } from 'vitest';
import {
  concat,
  EXPLICIT,
  element,
  encapsulated,
  failure,
  file,
  image,
  item,
  jpegFile,
  part10,
  read,
  UNDEFINED,
  u16,
  u32,
} from './build';

describe('limits', () => {
  it('refuses nesting beyond its depth, in either length form, without recursion', () => {
    const open = concat(
      element(0x00400260, 'SQ', new Uint8Array(0), { length: UNDEFINED }),
      u16([0xfffe, 0xe000]),
      u32([UNDEFINED]),
    );
    const bomb = new Uint8Array(open.length * 10_000);
    for (let at = 0; at < bomb.length; at += open.length) bomb.set(open, at);
    expect(failure(() => read(file(bomb))).code).toBe('too-large');
    expect(read(file(bomb), { maxDepth: 1_000_000 }).warnings.at(-1)).toEqual({ tag: '00400260', reason: 'truncated' });
  });

  it('refuses metadata beyond its length', () => {
    expect(
      failure(() => read(file(element(0x00200010, 'SH', 'x'.repeat(500))), { maxMetadataCharacters: 400 })).code,
    ).toBe('too-large');
    const items = new Uint8Array(8 * 4000);
    for (let at = 0; at < items.length; at += 8) items.set(item(new Uint8Array(0)), at);
    expect(failure(() => read(file(element(0x00400260, 'SQ', items)), { maxMetadataCharacters: 10_000 })).code).toBe(
      'too-large',
    );
  });

  it('refuses more bulk data than the index can keep', () => {
    const many = Array.from({ length: 10 }, (_, index) => element(0x00410010 + index, 'OB', new Uint8Array(10)));
    expect(failure(() => read(file(...many), { maxInlineBytes: 4, maxLayoutCharacters: 200 })).code).toBe('too-large');
  });

  it('refuses more fragments than allowed', () => {
    const fragments = Array.from({ length: 20 }, () => Uint8Array.of(1, 2));
    const bytes = jpegFile(...image(), encapsulated([], fragments));
    expect(failure(() => read(bytes, { maxFragments: 10 })).code).toBe('too-large');
  });

  it('never has a value in a message', () => {
    const bytes = part10(EXPLICIT, element(0x0020000d, 'UI', 'Secret/Name'));
    expect(() => read(bytes)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('Secret') }));
  });
});
