import {
  EXPLICIT_LITTLE_ENDIAN,
  isLossy,
  mediaTypeOf,
  transferSyntaxOf,
} from '../../dicom/dictionary/transfer-syntaxes';
import { OCTETS, type Offer } from './negotiate';

export const DICOM_XML = 'application/dicom+xml';
export const ZIP = 'application/zip';

/*
 * What each kind of resource can be had as, best first (PS3.18 8.7.3, table 10.4.4-1).
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
 * Instances: as stored, and converted. Without a wish the body is multipart; a single one may come by itself (PS3.18
 * 10.4.4). Who names no transfer syntax gets Explicit VR Little Endian, but what is stored where that has lost something
 * already or cannot be decoded; implicit and big-endian files leave the archive only for who asks for them (8.7.3.2).
 * @param single the resource is one instance
 * @param conversions transfer syntaxes that it can be had in besides
 */
export function dicomOffers(
  transferSyntaxUID: string,
  single: boolean,
  conversions: readonly string[],
): readonly Offer[] {
  const mediaType = 'application/dicom';
  const offers = [
    { mediaType, transferSyntaxUID, ...unnamedStored(transferSyntaxUID, conversions) },
    ...conversions.map((uid) => ({ mediaType, transferSyntaxUID: uid, ...unnamedConverted(uid) })),
  ];
  return inForms(offers, single);
}

function unnamedStored(uid: string, conversions: readonly string[]): Pick<Offer, 'unnamed'> {
  if (!conversions.includes(EXPLICIT_LITTLE_ENDIAN) || isLossy(uid)) return {};
  return { unnamed: transferSyntaxOf(uid)?.encapsulated ? 'any-type' : 'star' };
}

/** What loses something is made only for who asks for exactly that. */
function unnamedConverted(uid: string): Pick<Offer, 'unnamed'> {
  return isLossy(uid) ? { unnamed: 'nobody' } : {};
}

/** Instances in one file (PS3.18 8.6.1.3), each as stored: only for who asks for it. */
export function zipOffer(transferSyntaxUID: string): Offer {
  return { mediaType: ZIP, multipart: false, transferSyntaxUID };
}

/** Instances asked for as octets are the bulk data in them (PS3.18 table 10.4.4-1, note 2). */
export const BULK_DATA_OFFER: Offer = { mediaType: OCTETS, multipart: true };

/**
 * Frames: as stored, and converted. Compressed ones have a type of their own, and viewers ask for them as octets of any or
 * of exactly that transfer syntax. Uncompressed ones are little-endian octets however the instance is stored (PS3.18
 * 8.7.3.3).
 * @param single one frame is asked for
 * @param conversions transfer syntaxes that they can be had in besides
 * @param copy of those, the one that an uncompressed frame has been compressed to already: for who names it
 */
export function frameOffers(
  transferSyntaxUID: string,
  single: boolean,
  conversions: readonly string[],
  copy?: string,
): readonly Offer[] {
  const made = conversions
    .filter((uid) => uid !== EXPLICIT_LITTLE_ENDIAN)
    .map((uid) => ({ ...compressedFrames(uid), ...unnamedConverted(uid), ...(uid === copy && { stored: true }) }));
  if (transferSyntaxUID === ENCAPSULATED_UNCOMPRESSED) {
    // The fragments hold plain octets; whoever asks for the syntax by name gets it by name.
    return inForms([UNCOMPRESSED, { mediaType: OCTETS, transferSyntaxUID }, ...made], single);
  }
  if (isNative(transferSyntaxUID)) return inForms([{ ...UNCOMPRESSED, stored: true }, ...made], single);
  const decoded = conversions.includes(EXPLICIT_LITTLE_ENDIAN) ? [UNCOMPRESSED] : [];
  return inForms([{ ...compressedFrames(transferSyntaxUID), stored: true }, ...decoded, ...made], single);
}

/** Whether frames of an instance are octets as they lie, none having to be decoded. */
export function isNative(transferSyntaxUID: string): boolean {
  return transferSyntaxOf(transferSyntaxUID)?.encapsulated === false;
}

function compressedFrames(transferSyntaxUID: string): Omit<Offer, 'multipart'> {
  return { mediaType: mediaTypeOf(transferSyntaxUID), transferSyntaxUID, alias: OCTETS };
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
 * The value of compressed pixel data: its frames as they are, or as octets, uncompressed and all together (PS3.18
 * 8.7.3.3). Octets of what cannot be decoded are its frames too, since whoever follows a BulkDataURI knows no transfer
 * syntax; the answer says which it is.
 */
export function compressedValueOffers(
  transferSyntaxUID: string,
  single: boolean,
  decodable: boolean,
): readonly Offer[] {
  const stored = frameOffers(transferSyntaxUID, single, []);
  const octets = decodable ? inForms([UNCOMPRESSED], true) : inForms([{ mediaType: OCTETS }], single);
  return [...stored, ...octets];
}

const ENCAPSULATED_UNCOMPRESSED = '1.2.840.10008.1.2.1.98';

/** Pixels as octets. */
export const UNCOMPRESSED = { mediaType: OCTETS, transferSyntaxUID: EXPLICIT_LITTLE_ENDIAN };

function inForms(offers: readonly Omit<Offer, 'multipart'>[], single: boolean): readonly Offer[] {
  return (single ? [true, false] : [true]).flatMap((multipart) => offers.map((offer) => ({ ...offer, multipart })));
}
