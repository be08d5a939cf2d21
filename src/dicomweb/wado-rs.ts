import { digestOf } from '../archive/bytes';
import { frameCount, framePieces } from '../archive/frames';
import { findMetadata } from '../archive/metadata';
import type { Piece } from '../archive/pieces';
import { instancePieces, instancesOf } from '../archive/retrieve';
import type { InstanceRow } from '../archive/rows';
import { requestedTypes } from './accept';
import { chosen, typeOf } from './chosen-offer';
import type { AppContext } from './context';
import { jsonResponse } from './json-response';
import { DICOM_XML, dicomOffers, frameOffers, METADATA_OFFERS, ZIP, zipOffer } from './media-types';
import { metadataXml } from './metadata-xml';
import { respondMultipart } from './multipart-response';
import { multipartType } from './multipart-writer';
import type { Offer } from './negotiate';
import { HttpProblem } from './problem';
import { cacheControlOfBytes, REVALIDATE, respond } from './representation';
import { instanceURI } from './resource-uris';
import { absent, scopeOf } from './scope';
import { respondZip } from './wado-rs-zip';
import { tagOf, withInstance } from './with-instance';

/** GET a study, a series or an instance: its Part 10 files as stored (PS3.18 10.4.1.1.1), in parts or in a ZIP archive. */
export async function retrieveInstances(c: AppContext): Promise<Response> {
  const scope = scopeOf(c);
  const rows = await instancesOf(c.get('archive'), scope, c.get('config').limits.instancesPerRetrieve);
  if (rows === null) throw new HttpProblem('too-large', 'Too many instances for one answer: retrieve them by series.');
  const [first] = rows;
  if (first === undefined) throw await absent(c, scope);
  const single = scope.sopInstanceUID !== undefined;
  const ranges = requestedTypes(c.req.raw);
  const offers = rows.map(({ transferSyntaxUID }) =>
    chosen(ranges, [...dicomOffers(transferSyntaxUID, single), zipOffer(transferSyntaxUID)]),
  );
  if (offers.some(({ mediaType }) => mediaType === ZIP)) {
    // Where one can be had no other way, all have to be had in this.
    for (const { transferSyntaxUID } of rows) chosen(ranges, [zipOffer(transferSyntaxUID)]);
    return await respondZip(c, scope, rows);
  }
  if (offers[0]!.multipart === false) {
    return await respond(c, {
      contentType: typeOf(offers[0]!),
      etag: first.digest,
      pieces: instancePieces(first),
      cacheControl: REVALIDATE,
    });
  }
  const parts = rows.map((row, at) => ({
    contentType: typeOf(offers[at]!),
    location: instanceURI(c.get('baseURI'), row),
    pieces: instancePieces(row),
  }));
  const boundary = await digestOf(rows.map(({ version }) => version).join());
  return await respondMultipart(c, boundary, boundary, 'application/dicom', parts, REVALIDATE);
}

/** GET metadata of a study, a series or an instance: PS3.18 10.4.1.1.2. */
export async function retrieveMetadata(c: AppContext): Promise<Response> {
  const offer = chosen(requestedTypes(c.req.raw), METADATA_OFFERS);
  const scope = scopeOf(c);
  const metadata = await findMetadata(c.get('archive'), scope, c.get('baseURI'));
  if (metadata === null) throw await absent(c, scope);
  if (offer.mediaType === DICOM_XML) {
    // The digest could be in no instance: it is made of the names of their objects, which nobody knows before.
    const boundary = offer.multipart || scope.sopInstanceUID === undefined ? metadata.etag : undefined;
    return jsonResponse(c, {
      mediaType: boundary === undefined ? DICOM_XML : multipartType(DICOM_XML, boundary),
      etag: `${metadata.etag}-${boundary === undefined ? 'x' : 'm'}`,
      open: () => metadataXml(metadata.dataSets(), boundary),
    });
  }
  // The two types are told apart, though their bytes are the same.
  const etag = `${metadata.etag}-${offer.mediaType === 'application/json' ? 'j' : 'd'}`;
  return jsonResponse(c, { mediaType: offer.mediaType, etag, open: () => metadata.open() });
}

/** GET frames of an instance, as stored: PS3.18 10.4.1.1.6. */
export async function retrieveFrames(c: AppContext): Promise<Response> {
  const numbers = frameNumbers(c.req.param('frames') ?? '');
  return await withInstance(c, async (row) => {
    const count = frameCount(row);
    if (numbers.some((number) => number > count)) throw new HttpProblem('not-found', 'The instance has no such frame.');
    const offer = chosen(requestedTypes(c.req.raw), frameOffers(row.transferSyntaxUID, numbers.length === 1));
    const pieces = await framePieces(c.get('archive'), row, numbers);
    return await respondFrames(c, row, offer, numbers, pieces);
  });
}

/** Answers with frames, as one part each or one by itself. @param pieces of the frames, in the order of their numbers */
export async function respondFrames(
  c: AppContext,
  row: InstanceRow,
  offer: Offer,
  numbers: readonly number[],
  pieces: readonly Piece[],
): Promise<Response> {
  const contentType = typeOf({ transferSyntaxUID: row.transferSyntaxUID, ...offer });
  const etag = await tagOf(row, String(offer.multipart), offer.mediaType, `f${numbers.join('.')}`);
  const cacheControl = cacheControlOfBytes(c);
  if (!offer.multipart) return await respond(c, { contentType, etag, pieces, cacheControl });
  const base = instanceURI(c.get('baseURI'), row);
  const parts = pieces.map((piece, at) => ({
    contentType,
    location: `${base}/frames/${numbers[at]}`,
    pieces: [piece],
  }));
  return await respondMultipart(c, row.version, etag, offer.mediaType, parts, cacheControl);
}

/** A frame list: numbers from 1, joined by commas (PS3.18 10.4.1.1.6). */
function frameNumbers(list: string): number[] {
  const numbers = list.split(',').map((text) => (/^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text) : Number.NaN));
  if (numbers.some(Number.isNaN)) throw new HttpProblem('bad-request', 'Frame numbers count from 1, joined by commas.');
  return numbers;
}
