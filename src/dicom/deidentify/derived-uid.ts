/**
 * UIDs that PS3.6 annex A registers. They name classes and well-known instances, never an instance made for a patient. Each
 * has at most ten components of at most four digits behind the root of DICOM. A device that makes UIDs of its own under this
 * root adds a date, a serial number or another long number.
 */
const REGISTERED = /^1\.2\.840\.10008(?:\.\d{1,4}){1,10}$/;

/**
 * Whether a UID is registered by the standard, such as an SOP class, a transfer syntax or a well-known frame of
 * reference.
 */
export function isRegisteredUID(uid: string): boolean {
  return REGISTERED.test(uid);
}

/**
 * The UID made of the HMAC of another: a UUID (PS3.5 B.2, RFC 9562 version 8), written as 2.25. and its number.
 * @param bytes at least 16
 */
export function uidOfDigest(bytes: Uint8Array): string {
  let number = 0n;
  for (let at = 0; at < 16; at += 1) {
    let byte = bytes[at]!;
    if (at === 6) byte = (byte & 0x0f) | 0x80;
    if (at === 8) byte = (byte & 0x3f) | 0x80;
    number = number * 256n + BigInt(byte);
  }
  return `2.25.${number}`;
}
