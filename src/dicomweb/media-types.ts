import { mediaTypeOf, transferSyntaxOf } from '../dicom/transfer-syntaxes';
import type { Offer } from './negotiate';

/** What each kind of resource can be had as, in the server's order of preference (PS3.18 8.7.3, table 10.4.4-1). */

/** Metadata and search results. */
export const METADATA_OFFERS: readonly Offer[] = [
  { mediaType: 'application/dicom+json', multipart: false },
  { mediaType: 'application/json', multipart: false },
];

/** Part 10 files as stored. @param single whether it is one file, which may also come as a single part */
export function dicomOffers(transferSyntaxUID: string, single: boolean): Offer[] {
  return forms({ mediaType: 'application/dicom', transferSyntaxUID }, single);
}

/** Frames as stored; big-endian ones are sent, and named, as Explicit VR Little Endian. */
export function frameOffers(transferSyntaxUID: string, single: boolean): Offer[] {
  const mediaType = mediaTypeOf(transferSyntaxUID);
  if (transferSyntaxOf(transferSyntaxUID)?.encapsulated) {
    return forms({ mediaType, transferSyntaxUID, compressed: true }, single);
  }
  return forms({ mediaType, transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN }, single);
}

/** Bulk data other than compressed pixels. */
export function bulkDataOffers(): Offer[] {
  const { mediaType } = { mediaType: 'application/octet-stream' };
  return [
    { mediaType, multipart: false },
    { mediaType, multipart: true },
  ];
}

const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

function forms(offer: Omit<Offer, 'multipart'>, single: boolean): Offer[] {
  const multipart = { ...offer, multipart: true };
  return single ? [multipart, { ...offer, multipart: false }] : [multipart];
}
