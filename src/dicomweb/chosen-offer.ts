import type { AcceptRange } from './accept';
import { formatMediaType } from './media-type';
import { negotiate, type Offer } from './negotiate';
import { HttpProblem } from './problem';

/** @throws HttpProblem 406 that says what could be had */
export function chosen(ranges: readonly AcceptRange[], offers: readonly Offer[]): Offer {
  const offer = negotiate(ranges, offers);
  if (offer !== undefined) return offer;
  const types = [...new Set(offers.map(typeOf))].join(', ');
  throw new HttpProblem('not-acceptable', `This resource can be had as ${types}.`);
}

/** An offer's Content-Type, or its parts'. */
export function typeOf({ mediaType, transferSyntaxUID }: Offer): string {
  return formatMediaType(mediaType, transferSyntaxUID === undefined ? [] : [['transfer-syntax', transferSyntaxUID]]);
}
