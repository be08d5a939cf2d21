import { digestOf } from '../archive/bytes';
import { frameCount, framePieces } from '../archive/frames';
import { findMetadata } from '../archive/metadata';
import { instanceKey } from '../archive/object-keys';
import { objectPiece, type Piece } from '../archive/pieces';
import type { InstanceIdentity } from '../archive/ports';
import { instancePieces, instancesOf } from '../archive/retrieve';
import type { InstanceRow } from '../archive/rows';
import { ObjectMissing } from '../archive/stream-pieces';
import { reverseWords } from '../archive/transforms';
import { type AcceptRange, requestedTypes } from './accept';
import type { AppContext } from './context';
import { jsonResponse } from './json-response';
import { formatMediaType } from './media-type';
import {
  bulkDataOffers,
  compressedValueOffers,
  DICOM_XML,
  dicomOffers,
  frameOffers,
  METADATA_OFFERS,
  ZIP,
  zipOffer,
} from './media-types';
import { metadataXml } from './metadata-xml';
import { type BodyPart, multipartPieces, multipartType } from './multipart-writer';
import { negotiate, type Offer } from './negotiate';
import { HttpProblem } from './problem';
import { cacheControlOfBytes, REVALIDATE, respond } from './representation';
import { instanceURI } from './resource-uris';
import { absent, scopeOf } from './scope';
import { respondZip } from './wado-rs-zip';

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

/** GET the value that a BulkDataURI names: PS3.18 10.4.1.1.5. */
export async function retrieveBulkData(c: AppContext): Promise<Response> {
  const path = (c.req.param('path') ?? '').toUpperCase();
  return await withInstance(c, async (row) => {
    const { layout } = row;
    if (path === PIXEL_DATA && layout.pixels?.kind === 'encapsulated') return await encapsulatedPixelData(c, row);
    const found = layout.bulk?.find(([of]) => of === path);
    if (found === undefined) throw new HttpProblem('not-found', 'The instance has no such bulk data.');
    const [, offset, length, word] = found;
    const offer = chosen(requestedTypes(c.req.raw), bulkDataOffers());
    const whole = objectPiece(instanceKey(row, row.version, layout.object), offset, length);
    const piece = word > 1 ? { ...whole, transform: reverseWords(word) } : whole;
    const etag = await tagOf(row, String(offer.multipart), path.replaceAll('/', '.'));
    const cacheControl = cacheControlOfBytes(c);
    if (!offer.multipart) {
      return await respond(c, { contentType: offer.mediaType, etag, pieces: [piece], cacheControl });
    }
    const location = `${instanceURI(c.get('baseURI'), row)}/bulkdata/${path}`;
    const part = { contentType: offer.mediaType, location, pieces: [piece] };
    return await respondMultipart(c, row.version, etag, offer.mediaType, [part], cacheControl);
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
  return await respondFrames(c, row, offer, numbers, await framePieces(c.get('archive'), row, numbers));
}

async function respondFrames(
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

/**
 * The boundary is made of versions, which nobody can know before the bytes are stored; so no file can hold it, and the
 * same parts are the same body each time.
 */
async function respondMultipart(
  c: AppContext,
  boundary: string,
  etag: string,
  type: string,
  parts: readonly BodyPart[],
  cacheControl: string,
): Promise<Response> {
  const contentType = multipartType(type, boundary);
  return await respond(c, { contentType, etag, pieces: multipartPieces(parts, boundary), cacheControl });
}

/** Names a representation of an instance's bytes. Digests cost a trip out of JavaScript, so short ones do without. */
async function tagOf({ version }: InstanceRow, ...representation: string[]): Promise<string> {
  const text = representation.join('-');
  return `${version}-${text.length <= LONGEST_TAG ? text : await digestOf(text)}`;
}

const LONGEST_TAG = 80;

/** Looks the instance up; when what was known of it has no object any more, once again. */
async function withInstance(c: AppContext, answer: (row: InstanceRow) => Promise<Response>): Promise<Response> {
  const identity = scopeOf(c) as InstanceIdentity;
  const archive = c.get('archive');
  const layouts = c.get('layouts');
  const look = async (): Promise<Response> => {
    const row = await layouts.find(archive, identity);
    if (row === undefined) throw await absent(c, identity);
    return await answer(row);
  };
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof ObjectMissing)) throw error;
    layouts.forget(archive, identity);
    return await look();
  }
}

/** A frame list: numbers from 1, joined by commas (PS3.18 10.4.1.1.6). */
function frameNumbers(list: string): number[] {
  const numbers = list.split(',').map((text) => (/^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text) : Number.NaN));
  if (numbers.some(Number.isNaN)) throw new HttpProblem('bad-request', 'Frame numbers count from 1, joined by commas.');
  return numbers;
}

/** @throws HttpProblem 406 that says what could be had */
function chosen(ranges: readonly AcceptRange[], offers: readonly Offer[]): Offer {
  const offer = negotiate(ranges, offers);
  if (offer !== undefined) return offer;
  const types = [...new Set(offers.map(typeOf))].join(', ');
  throw new HttpProblem('not-acceptable', `This resource can be had as ${types}.`);
}

function typeOf({ mediaType, transferSyntaxUID }: Offer): string {
  return formatMediaType(mediaType, transferSyntaxUID === undefined ? [] : [['transfer-syntax', transferSyntaxUID]]);
}
