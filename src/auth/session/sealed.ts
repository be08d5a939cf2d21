import type { SignIn } from '../../access/sign-in';

/** Bytes of the nonce of AES-GCM (NIST SP 800-38D 8.2.2). */
const NONCE = 12;

const keys = new WeakMap<SignIn, CryptoKey>();

/**
 * Encrypts a value, so that it can be stored where others may read or change it.
 * @param purpose the text can be decrypted only with the same purpose
 */
export async function seal(signIn: SignIn, purpose: string, value: object): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const algorithm = { name: 'AES-GCM', iv, additionalData: utf8(purpose) };
  const content = await crypto.subtle.encrypt(algorithm, await keyOf(signIn), utf8(JSON.stringify(value)));
  const sealed = new Uint8Array(NONCE + content.byteLength);
  sealed.set(iv);
  sealed.set(new Uint8Array(content), NONCE);
  return base64url(sealed);
}

/** @returns undefined when the text was not sealed for this purpose with this key */
export async function unseal<Value extends object>(
  signIn: SignIn,
  purpose: string,
  sealed: string,
): Promise<Value | undefined> {
  try {
    const bytes = Uint8Array.from(atob(sealed.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, NONCE), additionalData: utf8(purpose) };
    const content = await crypto.subtle.decrypt(algorithm, await keyOf(signIn), bytes.subarray(NONCE));
    return JSON.parse(new TextDecoder().decode(content));
  } catch {
    return undefined;
  }
}

/** 256 random bits as text. */
export function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The SHA-256 of a text, hexadecimal. */
export async function digestOfText(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function keyOf(signIn: SignIn): Promise<CryptoKey> {
  const known = keys.get(signIn);
  if (known !== undefined) return known;
  const secret = await crypto.subtle.importKey('raw', utf8(signIn.sessionKey), 'HKDF', false, ['deriveKey']);
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8('dicomweb-edge sessions') },
    secret,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
  keys.set(signIn, key);
  return key;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
