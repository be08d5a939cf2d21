/**
 * Storage SOP Classes that do not lie under 1.2.840.10008.5.1.4.1.1: PS3.4 B.5 and GG.3, and retired ones that old
 * systems still send.
 */
const OTHERS = new Set([
  '1.2.840.10008.5.1.1.27', // Stored Print
  '1.2.840.10008.5.1.1.29', // Hardcopy Grayscale Image
  '1.2.840.10008.5.1.1.30', // Hardcopy Color Image
  '1.2.840.10008.5.1.4.34.1', // RT Beams Delivery Instruction (trial)
  '1.2.840.10008.5.1.4.34.7', // RT Beams Delivery Instruction
  '1.2.840.10008.5.1.4.34.10', // RT Brachy Application Setup Delivery Instruction
  '1.2.840.10008.5.1.4.38.1', // Hanging Protocol
  '1.2.840.10008.5.1.4.39.1', // Color Palette
  '1.2.840.10008.5.1.4.43.1', // Generic Implant Template
  '1.2.840.10008.5.1.4.44.1', // Implant Assembly Template
  '1.2.840.10008.5.1.4.45.1', // Implant Template Group
]);

/**
 * Whether a SOP class is one of storage, known today or added later.
 * @param {string} uid
 * @param {readonly string[]} [privateClasses] further ones; with `.*` at the end all below
 */
export function isStorageClass(uid, privateClasses = []) {
  if (uid.startsWith('1.2.840.10008.5.1.4.1.1.') || OTHERS.has(uid)) return true;
  return privateClasses.some((one) => (one.endsWith('.*') ? uid.startsWith(one.slice(0, -1)) : uid === one));
}
