const PIXEL_DATA = [0xe0, 0x7f, 0x10, 0x00];

/**
 * Position of the first fragment, after the offset table, in a file with explicit VRs and encapsulated frames (PS3.5
 * A.4).
 */
export function firstItemOf(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const table = file.findIndex((_, at) => PIXEL_DATA.every((byte, index) => file[at + index] === byte)) + 12;
  const item = table + 8 + view.getUint32(table + 4, true);
  return file.subarray(item + 8, item + 8 + view.getUint32(item + 4, true));
}

/** SHA-256. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
