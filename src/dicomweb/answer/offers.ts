import { isNative } from '../../archive/images/transcode';
import {
  EXPLICIT_LITTLE_ENDIAN,
  isLossy,
  mediaTypeOf,
  transferSyntaxOf,
} from '../../dicom/dictionary/transfer-syntaxes';
import { OCTETS, type Offer } from './negotiate';

/** The media type of the Native DICOM Model: PS3.18 8.7.3.3. */
export const DICOM_XML = 'application/dicom+xml';
/** The media type of a ZIP file: PS3.18 8.6.1.3. */
export const ZIP = 'application/zip';

/*
 * The representations in which each kind of resource is available, in order of preference (PS3.18 8.7.3, table
 * 10.4.4-1).
 */

/**
 * Search results: PS3.18 10.6.4. XML comes in parts, one for each result, because a list is not a single item (10.4.4).
 * A client that asks only for the type of the parts gets the parts too, because it could not get XML otherwise.
 */
export const SEARCH_OFFERS: readonly Offer[] = [
  { mediaType: 'application/dicom+json', multipart: false },
  { mediaType: 'application/json', multipart: false },
  { mediaType: DICOM_XML, multipart: true },
  { mediaType: DICOM_XML, multipart: false },
];

/** Metadata: PS3.18 10.4.4. XML comes in parts, one for each instance; the XML of one instance also comes alone. */
export const METADATA_OFFERS: readonly Offer[] = SEARCH_OFFERS;

/**
 * Instances, as stored and converted. Without a preference of the client the body is multipart; a single instance may
 * come alone (PS3.18 10.4.4). A client that names no transfer syntax gets Explicit VR Little Endian, or the stored
 * form if that is already lossy or cannot be decoded. Implicit and big-endian files are sent only to clients that ask
 * for these syntaxes (8.7.3.2).
 * @param single the resource is one instance
 * @param conversions other transfer syntaxes in which it is available
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

/** A lossy conversion is made only for a client that asks for exactly that transfer syntax. */
function unnamedConverted(uid: string): Pick<Offer, 'unnamed'> {
  return isLossy(uid) ? { unnamed: 'nobody' } : {};
}

/** Instances as one ZIP file (PS3.18 8.6.1.3), each as stored: only for a client that asks for this type. */
export function zipOffer(transferSyntaxUID: string): Offer {
  return { mediaType: ZIP, multipart: false, transferSyntaxUID };
}

/** A client that asks for instances as octets gets the bulk data in them (PS3.18 table 10.4.4-1, note 2). */
export const BULK_DATA_OFFER: Offer = { mediaType: OCTETS, multipart: true };

/**
 * Frames, as stored and converted. Compressed frames have a media type of their own, but viewers ask for them as octets
 * with any transfer syntax or with exactly theirs. Uncompressed frames are little-endian octets, however the instance
 * is stored (PS3.18 8.7.3.3).
 * @param single one frame is requested
 * @param conversions other transfer syntaxes in which the frames are available
 * @param copy the one of these to which an uncompressed frame has already been compressed; for clients that name it
 * @param seldomDecoded viewers that name the transfer syntax often cannot decode these frames: the client's order decides
 * between them and uncompressed ones
 */
export function frameOffers(
  transferSyntaxUID: string,
  single: boolean,
  conversions: readonly string[],
  { copy, seldomDecoded = false }: { readonly copy?: string | undefined; readonly seldomDecoded?: boolean } = {},
): readonly Offer[] {
  const made = conversions
    .filter((uid) => uid !== EXPLICIT_LITTLE_ENDIAN)
    .map((uid) => ({ ...compressedFrames(uid), ...unnamedConverted(uid), ...(uid === copy && { stored: true }) }));
  const decoded = conversions.includes(EXPLICIT_LITTLE_ENDIAN)
    ? [{ ...UNCOMPRESSED, ...(seldomDecoded && { stored: true }) }]
    : [];
  if (transferSyntaxUID === ENCAPSULATED_UNCOMPRESSED) {
    // The fragments contain plain octets. A client that names the transfer syntax gets an answer that names it.
    return inForms([...decoded, { mediaType: OCTETS, transferSyntaxUID }, ...made], single);
  }
  if (isNative(transferSyntaxUID)) return inForms([{ ...UNCOMPRESSED, stored: true }, ...made], single);
  return inForms([{ ...compressedFrames(transferSyntaxUID), stored: true }, ...decoded, ...made], single);
}

function compressedFrames(transferSyntaxUID: string): Omit<Offer, 'multipart'> {
  return { mediaType: mediaTypeOf(transferSyntaxUID), transferSyntaxUID, alias: OCTETS };
}

/**
 * A bulk data value. Viewers open its URI directly, also in an element of a page, so by default the value comes by
 * itself.
 * @param documentType media type of the encapsulated document, if the value is one
 */
export function bulkDataOffers(documentType?: string): readonly Offer[] {
  const types = documentType === undefined ? [OCTETS] : [documentType, OCTETS];
  return types.flatMap((mediaType) => [
    { mediaType, multipart: false },
    { mediaType, multipart: true },
  ]);
}

/**
 * The value of compressed pixel data: its frames as stored, or all frames together as uncompressed octets (PS3.18
 * 8.7.3.3). If the frames cannot be decoded, octets also means the frames as stored, because a client that follows a
 * BulkDataURI does not know the transfer syntax. The answer names it.
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

/** Encapsulated Uncompressed Explicit VR Little Endian: PS3.5 A.4.11. */
export const ENCAPSULATED_UNCOMPRESSED = '1.2.840.10008.1.2.1.98';

/** Uncompressed pixels as octets. */
export const UNCOMPRESSED = { mediaType: OCTETS, transferSyntaxUID: EXPLICIT_LITTLE_ENDIAN };

function inForms(offers: readonly Omit<Offer, 'multipart'>[], single: boolean): readonly Offer[] {
  return (single ? [true, false] : [true]).flatMap((multipart) => offers.map((offer) => ({ ...offer, multipart })));
}
