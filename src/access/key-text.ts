/*
 * The text of an API key: `dwk_`, 43 digits and letters for 256 random bits, and 6 for a CRC-32 of what comes before. Secret
 * scanners know the prefix, and the checksum tells a mistyped key from a wrong one without a look-up.
 *
 * This file imports nothing, so that scripts/keys.mjs makes keys by the same code.
 */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX = 'dwk_';
const SECRET_BYTES = 32;
/** The fewest digits of base 62 that hold 256 bits, and 32 bits. */
const SECRET_DIGITS = 43;
const CHECK_DIGITS = 6;

/** The prefix of the secret in the link of a share, which has the same form. */
export const SHARE_PREFIX = 'dws_';

const FORM = new RegExp(`^dw[a-z]_[0-9A-Za-z]{${SECRET_DIGITS + CHECK_DIGITS}}$`);

/** @returns the text of a new key; it is shown once, and stored nowhere */
export function newKeyText(prefix = PREFIX): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const text = prefix + inBase62(number, SECRET_DIGITS);
  return text + checkOf(text);
}

/** @returns the public id of a new key: 16 hexadecimal digits */
export function newKeyID(): string {
  return hexadecimal(crypto.getRandomValues(new Uint8Array(8)));
}

/** Whether a text begins like an API key, so that no other kind of credential is meant. */
export function looksLikeKey(text: string, prefix = PREFIX): boolean {
  return text.startsWith(prefix);
}

/** Whether a text has the length, the letters and the checksum of an API key. */
export function isKeyText(text: string, prefix = PREFIX): boolean {
  return (
    text.startsWith(prefix) && FORM.test(text) && checkOf(text.slice(0, -CHECK_DIGITS)) === text.slice(-CHECK_DIGITS)
  );
}

/**
 * The form in which the archive stores a key: SHA-256, hexadecimal. A key is 256 random bits, so a slow hash, as for
 * passwords, would not protect it better.
 */
export async function digestOfKey(text: string): Promise<string> {
  return hexadecimal(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

function inBase62(number: bigint, length: number): string {
  let rest = number;
  let text = '';
  for (let digit = 0; digit < length; digit += 1) {
    text = DIGITS.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}

/** CRC-32 (ISO 3309) of the ASCII text. */
function checkOf(text: string): string {
  let sum = 0xffffffff;
  for (let at = 0; at < text.length; at += 1) {
    sum ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return inBase62(BigInt(~sum >>> 0), CHECK_DIGITS);
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
