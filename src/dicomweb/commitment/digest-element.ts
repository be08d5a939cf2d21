import type { DicomJson } from '../../dicom/json/json-model';

/**
 * The private elements of an item of a commitment (PS3.5 7.8.1), in the block of this creator in group 0009:
 *
 * - (0009,xx01) LO, 1-n: SHA-256 of the Part 10 file, 64 hexadecimal digits
 * - (0009,xx02) CS: why the archive does not commit to the instance
 */
const CREATOR = 'DICOMWEB-EDGE COMMITMENT 1.0';

const DIGEST = /^[0-9A-Fa-f]{64}$/;

/**
 * The SHA-256 that an item of a request names, in lower case.
 * @returns undefined when the item names none
 * @throws RangeError when the value is no SHA-256
 */
export function digestIn(item: DicomJson): string | undefined {
  const creator = Object.keys(item).find(
    (tag) => /^000900[1-9A-F][0-9A-F]$/.test(tag) && String(item[tag]?.Value?.[0]).trim() === CREATOR,
  );
  const element = creator === undefined ? undefined : item[`0009${creator.slice(6)}01`];
  if (element?.Value === undefined) return undefined;
  const [digest, ...others] = element.Value;
  if (typeof digest !== 'string' || !DIGEST.test(digest.trim()) || others.length > 0) throw new RangeError('no digest');
  return digest.trim().toLowerCase();
}

/** The elements with the digests of the files that the archive holds. */
export function digestElements(digests: readonly string[]): DicomJson {
  return { '00090010': { vr: 'LO', Value: [CREATOR] }, '00091001': { vr: 'LO', Value: [...digests] } };
}

/** The elements with the reason why the archive does not commit to an instance: a code of CommitmentFailure. */
export function reasonElements(reason: string): DicomJson {
  const code = reason.toUpperCase().replaceAll('-', '_');
  return { '00090010': { vr: 'LO', Value: [CREATOR] }, '00091002': { vr: 'CS', Value: [code] } };
}
