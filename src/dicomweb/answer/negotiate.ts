import { EXPLICIT_LITTLE_ENDIAN, standardMediaType } from '../../dicom/dictionary/transfer-syntaxes';
import type { AcceptRange } from '../../http/accept';

/** A representation in which a resource is available. */
export interface Offer {
  /** Media type of the body or, for a multipart body, of its parts. */
  readonly mediaType: string;
  readonly multipart: boolean;
  /** The transfer syntax of a DICOM file or a frame. Bulk data and JSON have none. */
  readonly transferSyntaxUID?: string;
  /** Another media type by which the client may ask for the same bytes, together with their transfer syntax. */
  readonly alias?: string;
  /**
   * Which clients get this offer without naming its transfer syntax. Absent: every client that accepts the type.
   * `any-type`: only a client that accepts any type. `star`: only a client that names no transfer syntax but `*`.
   * `nobody`: no client.
   */
  readonly unnamed?: 'any-type' | 'star' | 'nobody';
  /**
   * The bytes are stored in this form. The offer goes before offers that must be made from it, whichever the client
   * names first.
   */
  readonly stored?: boolean;
}

/** The media type of bulk data and of uncompressed frames. */
export const OCTETS = 'application/octet-stream';

/**
 * Chooses a representation (RFC 9110 12.5.1, PS3.18 8.7.5). These rules apply to the acceptable offers in turn: the
 * highest weight; an offer that is already stored, if the client names it as exactly as the other; the client's order,
 * including its order of transfer syntaxes; the server's order. The weight of an offer is that of the most specific
 * range that it fits. Members of the list that no offer fits are ignored, because viewers send one list for every kind
 * of resource.
 * @param ranges in the order that parseAccept returns
 * @param offers in the server's order of preference
 * @returns undefined when no offer is acceptable: the answer is 406
 */
export function negotiate<Offered extends Offer>(
  ranges: readonly AcceptRange[],
  offers: readonly Offered[],
): Offered | undefined {
  let best: (Fit & { offer: Offered }) | undefined;
  for (const offer of offers) {
    const fit = bestFit(ranges, offer);
    if (fit === undefined || fit.quality === 0) continue;
    const candidate = { offer, ...fit };
    if (best === undefined || isBetter(candidate, best)) best = candidate;
  }
  return best?.offer;
}

function isBetter(one: Fit & { offer: Offer }, other: Fit & { offer: Offer }): boolean {
  if (one.quality !== other.quality) return one.quality > other.quality;
  if (one.offer.stored !== other.offer.stored) {
    // A list of types without weights says what a viewer can decode. It is not an order of preference (RFC 9110
    // 12.4.2).
    if (one.offer.stored && one.specificity >= other.specificity) return true;
    if (other.offer.stored && other.specificity >= one.specificity) return false;
  }
  return one.order < other.order;
}

interface Fit {
  readonly quality: number;
  /** Position in the client's list. The fraction is the position of the transfer syntax within its member. */
  readonly order: number;
  readonly specificity: number;
}

function bestFit(ranges: readonly AcceptRange[], offer: Offer): Fit | undefined {
  let best: Fit | undefined;
  for (const [at, range] of ranges.entries()) {
    const place = placeIn(range, offer);
    if (place === undefined) continue;
    const specificity = specificityOf(range, place);
    if (best !== undefined && best.specificity >= specificity) continue;
    best = { quality: range.quality, order: at + place / (range.transferSyntaxUIDs.length + 2), specificity };
  }
  return best;
}

/**
 * @returns which of the range's transfer syntaxes the offer fits: 0 for the first, and 0 when the range names none;
 * undefined when the offer does not fit the range
 */
function placeIn(range: AcceptRange, offer: Offer): number | undefined {
  if (range.multipart !== undefined && range.multipart !== offer.multipart) return undefined;
  const named = range.transferSyntaxUIDs;
  if (!fitsType(range.type, offer)) {
    // A viewer that asks for "this compression, otherwise as stored" names the type of the first, and the star means
    // any other.
    const otherwise = named.length > 1 && named.includes('*') && isPixels(range.type) && isOctets(offer);
    return otherwise ? named.length : undefined;
  }
  const transferSyntaxUID =
    offer.transferSyntaxUID ?? (offer.mediaType === OCTETS ? EXPLICIT_LITTLE_ENDIAN : undefined);
  if (transferSyntaxUID === undefined) return 0;
  if (named.length === 0) return fitsUnnamed(range, offer, transferSyntaxUID) ? 0 : undefined;
  const place = named.findIndex((uid) => uid === transferSyntaxUID || (uid === '*' && offer.unnamed !== 'nobody'));
  return place < 0 ? undefined : place;
}

/**
 * PS3.18 8.7.3: octets without a named transfer syntax are uncompressed. The same applies to DICOM files, unless the
 * offer says that its syntax is the default. For other types the type itself is enough.
 */
function fitsUnnamed(range: AcceptRange, { unnamed }: Offer, transferSyntaxUID: string): boolean {
  if (unnamed === 'star' || unnamed === 'nobody') return false;
  if (unnamed === 'any-type') return range.type.endsWith('*');
  return range.type !== OCTETS || transferSyntaxUID === EXPLICIT_LITTLE_ENDIAN;
}

function fitsType(named: string, offer: Offer): boolean {
  const range = standardMediaType(named);
  if (range === '*/*' || range === offer.mediaType.toLowerCase() || range === offer.alias) return true;
  return range.endsWith('/*') && offer.mediaType.toLowerCase().startsWith(range.slice(0, -1));
}

function isPixels(type: string): boolean {
  return type.startsWith('image/') || type.startsWith('video/');
}

function isOctets(offer: Offer): boolean {
  return offer.mediaType === OCTETS || offer.alias === OCTETS;
}

/** RFC 9110 12.5.1: any type, then any subtype of a type, then the type, then the type with parameters. */
function specificityOf(range: AcceptRange, place: number): number {
  const type = range.type === '*/*' ? 0 : range.type.endsWith('/*') ? 2 : 4;
  const form = range.multipart === undefined ? 0 : 1;
  const named = range.transferSyntaxUIDs[place];
  const syntax = named === undefined ? 0 : named === '*' ? 0.25 : 0.5;
  return type + form + syntax;
}
