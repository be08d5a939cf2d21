import { describe, expect, it } from 'vitest';
import { digestOfKey, isKeyText, looksLikeKey, newKeyID, newKeyText } from '../../../src/access/key-text';

describe('the text of an API key', () => {
  it('has a prefix, 256 random bits and a checksum', () => {
    const keys = Array.from({ length: 200 }, newKeyText);
    expect(new Set(keys).size).toBe(200);
    for (const key of keys) {
      expect(key).toMatch(/^dwk_[0-9A-Za-z]{49}$/);
      expect(isKeyText(key)).toBe(true);
    }
    // Each of the 43 digits varies, the first one over the few values that 256 bits leave for it.
    for (let at = 4; at < 47; at += 1) expect(new Set(keys.map((key) => key[at])).size).toBeGreaterThan(1);
    expect(newKeyID()).toMatch(/^[0-9a-f]{16}$/);
  });

  it('shows each mistyped character, two that were swapped, and what is missing', () => {
    const key = newKeyText();
    for (let at = 4; at < key.length; at += 1) {
      const other = key[at] === 'x' ? 'y' : 'x';
      expect(isKeyText(key.slice(0, at) + other + key.slice(at + 1)), `${at}`).toBe(false);
      const next = key[at + 1];
      if (next === undefined || next === key[at]) continue;
      expect(isKeyText(key.slice(0, at) + next + key[at] + key.slice(at + 2)), `${at}`).toBe(false);
    }
    for (const text of ['', 'dwk_', key.slice(0, -1), `${key}0`, ` ${key}`, key.replace('dwk_', 'dwx_')]) {
      expect(isKeyText(text)).toBe(false);
    }
    expect(looksLikeKey('dwk_x')).toBe(true);
    expect(looksLikeKey('eyJhbGciOiJub25lIn0')).toBe(false);
  });

  it('is known by SHA-256 and by CRC-32 as others compute them', async () => {
    const { createHash } = await import('node:crypto');
    const { crc32 } = await import('../../../src/imaging/crc32');
    const key = newKeyText();
    expect(await digestOfKey(key)).toBe(createHash('sha256').update(key).digest('hex'));
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const check = [...key.slice(-6)].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0);
    expect(check).toBe(crc32(new TextEncoder().encode(key.slice(0, -6))));
  });
});
