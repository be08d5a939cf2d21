import { type AcceptRange, requestedTypes } from '../../http/accept';
import { formatMediaType } from '../../http/media-type';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { negotiate, type Offer } from './negotiate';

const DICOM_TYPES = new Set(['application/dicom', 'application/dicom+json', 'application/dicom+xml']);
const RENDERED_TYPES = new Set(['image/png', 'image/gif', 'image/webp', 'text/html', 'text/plain', 'text/rtf']);

/**
 * Whether a range asks for pictures. Its type decides. JPEG and JPEG 2000 can be DICOM frames or pictures; they are
 * pictures when the client asks for them outside of multipart and without a transfer syntax.
 */
function isRendered({ type, multipart, transferSyntaxUIDs }: AcceptRange): boolean {
  if (RENDERED_TYPES.has(type)) return true;
  return (type === 'image/jpeg' || type === 'image/jp2') && multipart === false && transferSyntaxUIDs.length === 0;
}

/**
 * Reads the media types that a request for instances, frames or rendered images accepts.
 * @throws HttpProblem 400 when the request names DICOM and rendered types together (PS3.18 8.7.5)
 */
export function acceptedTypes(c: AppContext): readonly AcceptRange[] {
  const ranges = requestedTypes(c.req.raw);
  if (ranges.some(({ type }) => DICOM_TYPES.has(type)) && ranges.some(isRendered)) {
    throw new HttpProblem('bad-request', 'DICOM and rendered media types cannot be accepted together.');
  }
  return ranges;
}

/** @throws HttpProblem 406 that lists the available types */
export function chosen<Offered extends Offer>(ranges: readonly AcceptRange[], offers: readonly Offered[]): Offered {
  const offer = negotiate(ranges, offers);
  if (offer === undefined) throw notAcceptable(offers);
  return offer;
}

/** 406, naming the media types of the offers. */
export function notAcceptable(offers: readonly Offer[]): HttpProblem {
  const types = [...new Set(offers.map(bodyTypeOf))].join(', ');
  return new HttpProblem('not-acceptable', `This resource is available as ${types}.`);
}

/** The media type of an offer's body: for a multipart body with that of its parts. */
function bodyTypeOf({ multipart, ...offer }: Offer): string {
  const type = typeOf(offer);
  return multipart ? type.replace(/^[^;]*/, 'multipart/related; type="$&"') : type;
}

/** The media type of an offer's bytes, with their transfer syntax if they have one. */
export function typeOf({ mediaType, transferSyntaxUID }: Omit<Offer, 'multipart'>): string {
  return formatMediaType(mediaType, transferSyntaxUID === undefined ? [] : [['transfer-syntax', transferSyntaxUID]]);
}
