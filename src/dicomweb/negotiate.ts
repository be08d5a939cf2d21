import type { AcceptRange } from './accept';

/** A form in which a resource can be had. */
export interface Offer {
  readonly mediaType: string;
  readonly multipart: boolean;
  /** Of what is sent; absent for what has none, such as JSON. */
  readonly transferSyntaxUID?: string;
  /** Compressed pixels: `application/octet-stream` names them only along with their transfer syntax or `*`. */
  readonly compressed?: boolean;
}

/**
 * Chooses what to send: the client's best member that any offer fits, and of the offers that fit it the server's first
 * (PS3.18 8.7.8). Members that fit nothing are passed over.
 * @param ranges best first
 * @param offers in the server's order of preference
 * @returns undefined when nothing fits: 406
 */
export function negotiate(ranges: readonly AcceptRange[], offers: readonly Offer[]): Offer | undefined {
  const refused = offers.filter((offer) => ranges.some((range) => range.quality === 0 && fits(range, offer)));
  for (const range of ranges) {
    if (range.quality === 0) continue;
    const found = offers.find((offer) => fits(range, offer) && !refused.includes(offer));
    if (found !== undefined) return found;
  }
  return undefined;
}

function fits(range: AcceptRange, offer: Offer): boolean {
  if (range.multipart !== undefined && range.multipart !== offer.multipart) return false;
  const { transferSyntaxes } = range;
  const { transferSyntaxUID, compressed = false } = offer;
  const named =
    transferSyntaxes.includes('*') || (transferSyntaxUID !== undefined && transferSyntaxes.includes(transferSyntaxUID));
  const asStored = range.mediaType === 'application/octet-stream' && compressed && named;
  if (!asStored && !includes(range.mediaType, offer.mediaType)) return false;
  if (transferSyntaxUID === undefined || transferSyntaxes.length === 0) return true;
  return named;
}

/** A media range and a media type: `type/subtype`, `type/*`, or all. */
function includes(range: string, type: string): boolean {
  return range === '*/*' || range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)));
}
