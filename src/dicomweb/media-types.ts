import { mediaTypeOf, transferSyntaxOf } from '../dicom/transfer-syntaxes';
import { EXPLICIT_LITTLE_ENDIAN, OCTETS, type Offer } from './negotiate';

export const DICOM_XML = 'application/dicom+xml';
export const ZIP = 'application/zip';

/*
 * What each kind of resource can be had as, best first (PS3.18 8.7.3, table 10.4.4-1). Only what the archive holds is
 * offered; what it can make of that will be further members of these lists.
 */

/**
 * Search results: PS3.18 10.6.4. XML comes in parts, one a result, for a list is no single item (10.4.4); also to who asks
 * for the parts' type alone, and could not get it otherwise.
 */
export const SEARCH_OFFERS: readonly Offer[] = [
  { mediaType: 'application/dicom+json', multipart: false },
  { mediaType: 'application/json', multipart: false },
  { mediaType: DICOM_XML, multipart: true },
  { mediaType: DICOM_XML, multipart: false },
];

/** Metadata: PS3.18 10.4.4. XML comes in parts, one an instance; of one instance also by itself. */
export const METADATA_OFFERS: readonly Offer[] = SEARCH_OFFERS;

/**
 * Instances as stored. Without a wish the body is multipart; a single one may come by itself (PS3.18 10.4.4).
 * @param single the resource is one instance
 */
export function dicomOffers(transferSyntaxUID: string, single: boolean): readonly Offer[] {
  return inForms([{ mediaType: 'application/dicom', transferSyntaxUID }], single);
}

/** Instances in one file (PS3.18 8.6.1.3), each as stored: only for who asks for it. */
export function zipOffer(transferSyntaxUID: string): Offer {
  return { mediaType: ZIP, multipart: false, transferSyntaxUID };
}

/**
 * Frames as stored. Compressed ones have a type of their own, and viewers ask for them as octets of any or of exactly
 * that transfer syntax. Uncompressed ones are little-endian octets however the instance is stored (PS3.18 8.7.3.3).
 * @param single one frame is asked for
 */
export function frameOffers(transferSyntaxUID: string, single: boolean): readonly Offer[] {
  const syntax = transferSyntaxOf(transferSyntaxUID);
  if (transferSyntaxUID === ENCAPSULATED_UNCOMPRESSED) {
    // The fragments hold plain octets; whoever asks for the syntax by name gets it by name.
    return inForms([UNCOMPRESSED, { mediaType: OCTETS, transferSyntaxUID }], single);
  }
  if (syntax !== undefined && !syntax.encapsulated) return inForms([UNCOMPRESSED], single);
  return inForms([{ mediaType: mediaTypeOf(transferSyntaxUID), transferSyntaxUID, alias: OCTETS }], single);
}

/**
 * A bulk data value. Viewers open its URI by itself, in an element of a page too, so without a wish it comes by itself.
 * @param documentType media type of an encapsulated document, where the value is one
 */
export function bulkDataOffers(documentType?: string): readonly Offer[] {
  const types = documentType === undefined ? [OCTETS] : [documentType, OCTETS];
  return types.flatMap((mediaType) => [
    { mediaType, multipart: false },
    { mediaType, multipart: true },
  ]);
}

/**
 * The value of compressed pixel data, its frames. Whoever follows a BulkDataURI asks for octets and knows no transfer
 * syntax: so octets are offered too; the answer says which transfer syntax they are of.
 */
export function compressedValueOffers(transferSyntaxUID: string, single: boolean): readonly Offer[] {
  return [...frameOffers(transferSyntaxUID, single), ...inForms([{ mediaType: OCTETS }], single)];
}

const ENCAPSULATED_UNCOMPRESSED = '1.2.840.10008.1.2.1.98';
const UNCOMPRESSED = { mediaType: OCTETS, transferSyntaxUID: EXPLICIT_LITTLE_ENDIAN };

function inForms(offers: readonly Omit<Offer, 'multipart'>[], single: boolean): readonly Offer[] {
  return (single ? [true, false] : [true]).flatMap((multipart) => offers.map((offer) => ({ ...offer, multipart })));
}
