/**
 * UIDs that PS3.6 annex A registers. They name classes and well-known instances, never an instance made for a patient.
 */
const REGISTERED = '1.2.840.10008.';

/**
 * Whether a UID is registered by the standard, such as an SOP class, a transfer syntax or a well-known frame of
 * reference.
 */
export function isRegisteredUID(uid: string): boolean {
  return uid.startsWith(REGISTERED);
}

/**
 * Derives a UID that replaces another. The result is always the same for the same secret, and nobody can find the
 * original without the secret. It is a UUID (PS3.5 B.2, RFC 9562 version 8) made of HMAC-SHA-256(secret, uid), written
 * as 2.25. and its number.
 *
 * @param secret any bytes, at least one; anybody who has the secret can confirm a guess of the original UID
 */
export async function derivedUID(uid: string, secret: Uint8Array): Promise<string> {
  const [derived] = await derivedUIDs([uid], secret);
  return derived!;
}

/** Derives many UIDs at once, as derivedUID does, and returns them in the same order. */
export async function derivedUIDs(uids: readonly string[], secret: Uint8Array): Promise<string[]> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const encoder = new TextEncoder();
  const derived: string[] = [];
  // One after another: promises for all UIDs of a large series at once would take more memory than the UIDs.
  for (const uid of uids)
    derived.push(uuidUID(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(uid)))));
  return derived;
}

/** @param bytes at least 16 */
function uuidUID(bytes: Uint8Array): string {
  let number = 0n;
  for (let at = 0; at < 16; at += 1) {
    let byte = bytes[at]!;
    if (at === 6) byte = (byte & 0x0f) | 0x80;
    if (at === 8) byte = (byte & 0x3f) | 0x80;
    number = number * 256n + BigInt(byte);
  }
  return `2.25.${number}`;
}
