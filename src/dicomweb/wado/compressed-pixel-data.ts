import type { Body } from '../../archive/body/body';
import { conversionsOf } from '../../archive/images/transcode';
import { uncompressedPixels } from '../../archive/images/uncompressed-pixels';
import { PIXEL_DATA } from '../../archive/retrieve/bulk-data';
import { frameCount, frameNumbers, framePieces } from '../../archive/retrieve/frames';
import type { InstanceRow } from '../../archive/rows';
import { TooMuchWorkError } from '../../archive/unavailable';
import { EXPLICIT_LITTLE_ENDIAN } from '../../dicom/dictionary/transfer-syntaxes';
import type { AcceptRange } from '../../http/accept';
import { CodecError } from '../../imaging/codec';
import { chosen, typeOf } from '../answer/chosen-offer';
import { tagOf } from '../answer/entity-tag';
import { respondMultipart } from '../answer/multipart-response';
import type { BodyPart, KnownPart } from '../answer/multipart-writer';
import type { Offer } from '../answer/negotiate';
import { compressedValueOffers, UNCOMPRESSED } from '../answer/offers';
import { CONVERSION, respond } from '../answer/representation';
import type { AppContext } from '../context';
import { instanceURI } from '../resource/resource-uris';
import { isStored, respondStoredFrames } from './wado-rs-frames';

/*
 * Compressed pixel data as a value: one part for each frame as it is stored, or the uncompressed value as a whole
 * (PS3.18 8.7.3.3).
 */

/** Answers with the value of one instance. */
export async function respondPixelData(
  c: AppContext,
  row: InstanceRow,
  accepted: readonly AcceptRange[],
): Promise<Response> {
  const offer = valueOffer(accepted, row, isDecodable(row));
  if (isStored(row, offer)) return await respondStoredFrames(c, row, offer, frameNumbers(row));
  try {
    return await respondUncompressed(c, row, offer);
  } catch (error) {
    if (!cannotDecode(error)) throw error;
    return await respondStoredFrames(c, row, valueOffer(accepted, row, false), frameNumbers(row));
  }
}

async function respondUncompressed(c: AppContext, row: InstanceRow, offer: Offer): Promise<Response> {
  const contentType = typeOf(offer);
  const etag = await tagOf(row, CONVERSION, String(offer.multipart), EXPLICIT_LITTLE_ENDIAN, PIXEL_DATA);
  if (!offer.multipart) {
    return await respond(c, { contentType, etag, pieces: () => uncompressed(c, row) });
  }
  const head = { boundary: row.version, etag, type: offer.mediaType };
  return await respondMultipart(c, head, async () => {
    const { pieces, release } = await uncompressed(c, row);
    return { parts: [{ contentType, location: locationOf(c, row), pieces }], release };
  });
}

/** Whether the pixel data must be decoded for a client that accepts these types. @throws HttpProblem 406 */
export function isUncompressedFor(accepted: readonly AcceptRange[], row: InstanceRow): boolean {
  return row.layout.pixels?.kind === 'encapsulated' && !isStored(row, partOffer(accepted, row, isDecodable(row)));
}

/**
 * The frames as they are stored, one part each; no parts if the instance has no compressed pixel data. @throws
 * HttpProblem 406
 */
export async function storedFrameParts(
  c: AppContext,
  row: InstanceRow,
  accepted: readonly AcceptRange[],
): Promise<KnownPart[]> {
  if (row.layout.pixels?.kind !== 'encapsulated') return [];
  const { transferSyntaxUID } = row;
  const contentType = typeOf({ transferSyntaxUID, ...partOffer(accepted, row, false) });
  const numbers = frameNumbers(row);
  const pieces = await framePieces(c.get('archive'), row, numbers);
  const base = instanceURI(c.get('baseURI'), row);
  return pieces.map((piece, at) => ({ contentType, location: `${base}/frames/${numbers[at]}`, pieces: [piece] }));
}

/**
 * The uncompressed pixel data. If it turns out not to be decodable it comes as it is stored, and its parts name the
 * transfer syntax.
 */
export async function* uncompressedParts(
  c: AppContext,
  row: InstanceRow,
  accepted: readonly AcceptRange[],
): AsyncGenerator<BodyPart> {
  let value: Body | undefined;
  try {
    value = await uncompressed(c, row);
    yield { contentType: typeOf(UNCOMPRESSED), location: locationOf(c, row), pieces: value.pieces };
  } catch (error) {
    if (value !== undefined || !cannotDecode(error)) throw error;
    yield* await storedFrameParts(c, row, accepted);
  } finally {
    value?.release?.();
  }
}

function valueOffer(accepted: readonly AcceptRange[], row: InstanceRow, decodable: boolean): Offer {
  return chosen(accepted, compressedValueOffers(row.transferSyntaxUID, frameCount(row) === 1, decodable));
}

/** Like valueOffer, for a part of an answer. */
function partOffer(accepted: readonly AcceptRange[], row: InstanceRow, decodable: boolean): Offer {
  const offers = compressedValueOffers(row.transferSyntaxUID, false, decodable);
  return chosen(
    accepted,
    offers.filter(({ multipart }) => multipart),
  );
}

function isDecodable(row: InstanceRow): boolean {
  return conversionsOf(row).includes(EXPLICIT_LITTLE_ENDIAN);
}

async function uncompressed(c: AppContext, row: InstanceRow) {
  const archive = c.get('archive');
  const { format } = await c.get('instanceData').find(archive, row);
  if (format === undefined) throw new CodecError('unsupported', 'the instance does not describe its pixels');
  return await uncompressedPixels({ archive, row, format, decoding: c.get('decoding') });
}

function cannotDecode(error: unknown): boolean {
  return error instanceof CodecError || error instanceof TooMuchWorkError;
}

function locationOf(c: AppContext, row: InstanceRow): string {
  return `${instanceURI(c.get('baseURI'), row)}/bulkdata/${PIXEL_DATA}`;
}
