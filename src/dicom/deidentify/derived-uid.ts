/** UIDs that PS3.6 annex A registers: they name kinds and well-known instances, never one that a patient was examined for. */
const REGISTERED = '1.2.840.10008.';

/** Whether a UID is one of the standard's own, such as an SOP class, a transfer syntax or a well-known frame of reference. */
export function isRegisteredUID(uid: string): boolean {
  return uid.startsWith(REGISTERED);
}

/**
 * A UID in the place of another, the same one for the same secret, from which nobody can tell the other without the
 * secret: a UUID (PS3.5 B.2, RFC 9562 version 8) of HMAC-SHA-256(secret, uid), written as 2.25. and its number.
 *
 * @param secret any bytes, at least one; who has them can confirm a guess of the other UID
 */
export async function derivedUID(uid: string, secret: Uint8Array): Promise<string> {
  const [derived] = await derivedUIDs([uid], secret);
  return derived!;
}

/** As derivedUID, of many at once and in their order. */
export async function derivedUIDs(uids: readonly string[], secret: Uint8Array): Promise<string[]> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const encoder = new TextEncoder();
  const derived: string[] = [];
  // One after another: a batch of promises for each UID of a large series would hold more than the UIDs.
  for (const uid of uids)
    derived.push(uuidUID(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(uid)))));
  return derived;
}

/** @param bytes 16 at least */
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
