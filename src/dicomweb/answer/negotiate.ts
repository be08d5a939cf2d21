import { EXPLICIT_LITTLE_ENDIAN } from '../../dicom/dictionary/transfer-syntaxes';
import type { AcceptRange } from '../../http/accept';

/** A representation that a resource can be had in. */
export interface Offer {
  /** Of the body or, of a multipart body, of its parts. */
  readonly mediaType: string;
  readonly multipart: boolean;
  /** Of DICOM files and of frames; bulk data and JSON have none. */
  readonly transferSyntaxUID?: string;
  /** Another type by which the same bytes may be asked for, with their transfer syntax. */
  readonly alias?: string;
  /**
   * Who gets it without naming its transfer syntax: anybody who takes the type (when absent); only who takes any type; who
   * names none but `*`; or nobody, however it is asked.
   */
  readonly unnamed?: 'any-type' | 'star' | 'nobody';
  /** Lies there so: it goes before what would have to be made of it, whichever the client names first. */
  readonly stored?: boolean;
}

export const OCTETS = 'application/octet-stream';

/**
 * Chooses a representation (RFC 9110 12.5.1, PS3.18 8.7.5): of those acceptable the one of highest weight, then what lies
 * there already, if the client names it as exactly, then by the client's order, the order in which it names transfer
 * syntaxes included, then by the server's. An offer's weight is
 * that of the most specific range that it fits; members of the list that nothing fits are passed over, since viewers
 * send one list for every kind of resource.
 * @param ranges as parseAccept orders them
 * @param offers in the server's order of preference
 * @returns undefined when none is acceptable: the answer is 406
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
    // A list of types without weights is what a viewer can decode: no order of preference (RFC 9110 12.4.2).
    if (one.offer.stored && one.specificity >= other.specificity) return true;
    if (other.offer.stored && other.specificity >= one.specificity) return false;
  }
  return one.order < other.order;
}

interface Fit {
  readonly quality: number;
  /** Place in the client's list; after the point, that of the transfer syntax within its member. */
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
 * @returns which of the range's transfer syntaxes the offer fits, 0 for the first; 0 also where none is named; undefined
 * when the offer does not fit the range
 */
function placeIn(range: AcceptRange, offer: Offer): number | undefined {
  if (range.multipart !== undefined && range.multipart !== offer.multipart) return undefined;
  const named = range.transferSyntaxUIDs;
  if (!fitsType(range.type, offer)) {
    // A viewer's "this compression, else as stored": the type is that of the first, and the star means any other.
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
 * PS3.18 8.7.3: octets of unnamed transfer syntax are uncompressed, and so are DICOM files unless the offer says that
 * this one is the default. Other types are told by themselves.
 */
function fitsUnnamed(range: AcceptRange, { unnamed }: Offer, transferSyntaxUID: string): boolean {
  if (unnamed === 'star' || unnamed === 'nobody') return false;
  if (unnamed === 'any-type') return range.type.endsWith('*');
  return range.type !== OCTETS || transferSyntaxUID === EXPLICIT_LITTLE_ENDIAN;
}

function fitsType(range: string, offer: Offer): boolean {
  if (range === '*/*' || range === offer.mediaType.toLowerCase() || range === offer.alias) return true;
  return range.endsWith('/*') && offer.mediaType.toLowerCase().startsWith(range.slice(0, -1));
}

function isPixels(type: string): boolean {
  return type.startsWith('image/') || type.startsWith('video/');
}

function isOctets(offer: Offer): boolean {
  return offer.mediaType === OCTETS || offer.alias === OCTETS;
}

/** RFC 9110 12.5.1: any type, then a type's any subtype, then the type, then with parameters. */
function specificityOf(range: AcceptRange, place: number): number {
  const type = range.type === '*/*' ? 0 : range.type.endsWith('/*') ? 2 : 4;
  const form = range.multipart === undefined ? 0 : 1;
  const named = range.transferSyntaxUIDs[place];
  const syntax = named === undefined ? 0 : named === '*' ? 0.25 : 0.5;
  return type + form + syntax;
}
