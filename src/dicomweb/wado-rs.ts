import { frameCount } from '../archive/frames';
import { bulkPieceAt } from '../archive/instance-data';
import { findMetadata } from '../archive/metadata';
import type { InstanceRow } from '../archive/rows';
import { requestedTypes } from './accept';
import { chosen } from './chosen-offer';
import type { AppContext } from './context';
import { tagOf, withInstance } from './found-instance';
import { jsonResponse } from './json-response';
import { bulkDataOffers, compressedValueOffers, METADATA_OFFERS } from './media-types';
import { respondMultipart } from './multipart-response';
import { HttpProblem } from './problem';
import { cacheControlOfBytes, respond } from './representation';
import { instanceURI } from './resource-uris';
import { absent, scopeOf } from './scope';
import { respondStoredFrames } from './wado-rs-frames';

/** GET metadata of a study, a series or an instance: PS3.18 10.4.1.1.2. */
export async function retrieveMetadata(c: AppContext): Promise<Response> {
  const offer = chosen(requestedTypes(c.req.raw), METADATA_OFFERS);
  const scope = scopeOf(c);
  const metadata = await findMetadata(c.get('archive'), scope, c.get('baseURI'));
  if (metadata === null) throw await absent(c, scope);
  // The two types are told apart, though their bytes are the same.
  const etag = `${metadata.etag}-${offer.mediaType === 'application/json' ? 'j' : 'd'}`;
  return jsonResponse(c, { mediaType: offer.mediaType, etag, open: () => metadata.open() });
}

/** GET the value that a BulkDataURI names: PS3.18 10.4.1.1.5. */
export async function retrieveBulkData(c: AppContext): Promise<Response> {
  const path = (c.req.param('path') ?? '').toUpperCase();
  return await withInstance(c, async (row) => {
    const { layout } = row;
    if (path === PIXEL_DATA && layout.pixels?.kind === 'encapsulated') return await encapsulatedPixelData(c, row);
    const piece = bulkPieceAt(row, path);
    if (piece === undefined) throw new HttpProblem('not-found', 'The instance has no such bulk data.');
    const offer = chosen(requestedTypes(c.req.raw), bulkDataOffers());
    const etag = await tagOf(row, String(offer.multipart), path.replaceAll('/', '.'));
    const cacheControl = cacheControlOfBytes(c);
    if (!offer.multipart) {
      return await respond(c, { contentType: offer.mediaType, etag, pieces: [piece], cacheControl });
    }
    const location = `${instanceURI(c.get('baseURI'), row)}/bulkdata/${path}`;
    const part = { contentType: offer.mediaType, location, pieces: [piece] };
    return await respondMultipart(c, { boundary: row.version, etag, type: offer.mediaType, cacheControl }, [part]);
  });
}

const PIXEL_DATA = '7FE00010';

/** Compressed pixel data is one part a frame (PS3.18 8.7.3.3). */
async function encapsulatedPixelData(c: AppContext, row: InstanceRow): Promise<Response> {
  const count = frameCount(row);
  if (count > c.get('config').limits.instancesPerRetrieve) {
    throw new HttpProblem('too-large', 'Too many frames for one answer: retrieve them by number.');
  }
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  const offer = chosen(requestedTypes(c.req.raw), compressedValueOffers(row.transferSyntaxUID, count === 1));
  return await respondStoredFrames(c, row, offer, numbers);
}
