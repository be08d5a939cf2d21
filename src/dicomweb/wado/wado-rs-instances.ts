import type { Body } from '../../archive/body/body';
import { digestOf } from '../../archive/bytes';
import { conversionsOf } from '../../archive/images/transcode';
import { type FileSource, transcodedFile } from '../../archive/images/transcoded-file';
import { instancePieces, instancesOf } from '../../archive/retrieve/retrieve';
import type { InstanceRow } from '../../archive/rows';
import { TooMuchWorkError } from '../../archive/unavailable';
import { EXPLICIT_LITTLE_ENDIAN } from '../../dicom/dictionary/transfer-syntaxes';
import { DicomError } from '../../dicom/errors';
import type { AcceptRange } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { CodecError } from '../../imaging/codec';
import { acceptedTypes, chosen, typeOf } from '../answer/chosen-offer';
import { tagOf, tagWithBase } from '../answer/entity-tag';
import { respondMultipart } from '../answer/multipart-response';
import type { BodyPart } from '../answer/multipart-writer';
import { negotiate, OCTETS, type Offer } from '../answer/negotiate';
import { BULK_DATA_OFFER, dicomOffers, ZIP, zipOffer } from '../answer/offers';
import { CONVERSION, respond, unchanged } from '../answer/representation';
import type { AppContext } from '../context';
import { instanceURI } from '../resource/resource-uris';
import { absent, scopeOf } from '../resource/scope';
import { lookingAgain } from '../resource/with-instance';
import { retrieveAllBulkData } from './wado-rs-bulk-data';
import { respondZip } from './wado-rs-zip';

/** GET a study, a series or an instance: its Part 10 files, as stored or converted (PS3.18 10.4.1.1.1). */
export async function retrieveInstances(c: AppContext): Promise<Response> {
  return await lookingAgain(() => answer(c));
}

async function answer(c: AppContext): Promise<Response> {
  const scope = scopeOf(c);
  const rows = await instancesOf(c.get('archive'), scope, c.get('config').limits.instancesPerRetrieve);
  if (rows === null)
    throw new HttpProblem('too-large', 'Too many instances for one answer. Retrieve the series one by one.');
  const [first] = rows;
  if (first === undefined) throw await absent(c, scope);
  const ranges = acceptedTypes(c);
  const single = scope.sopInstanceUID !== undefined;
  const form = negotiate(ranges, offersOf(first, single))?.mediaType;
  if (form === ZIP) return await respondZip(c, scope, rows);
  if (form === OCTETS) return await retrieveAllBulkData(c);
  if (single) return await respondInstance(c, first, ranges);
  const files = rows.map((row) => ({ row, transferSyntaxUID: syntaxOf(ranges, row) }));
  if (files.every(({ transferSyntaxUID }) => transferSyntaxUID === undefined)) {
    chosen(ranges, offersOf(first, false));
  }
  return await respondFiles(
    c,
    files.map(({ row, transferSyntaxUID }) => ({ row, transferSyntaxUID: transferSyntaxUID ?? otherwise(row) })),
  );
}

function offersOf(row: InstanceRow, single: boolean): readonly Offer[] {
  const { transferSyntaxUID } = row;
  return [...dicomOffers(transferSyntaxUID, single, conversionsOf(row)), zipOffer(transferSyntaxUID), BULK_DATA_OFFER];
}

function syntaxOf(ranges: readonly AcceptRange[], row: InstanceRow): string | undefined {
  return negotiate(ranges, dicomOffers(row.transferSyntaxUID, false, conversionsOf(row)))?.transferSyntaxUID;
}

/**
 * The fallback for a report among images that are requested in a compression. Alone it would be answered with 406;
 * among others it comes in a form that is possible.
 */
function otherwise(row: InstanceRow): string {
  return conversionsOf(row).includes(EXPLICIT_LITTLE_ENDIAN) ? EXPLICIT_LITTLE_ENDIAN : row.transferSyntaxUID;
}

/**
 * Answers with one instance, as stored or converted.
 * @param contentType replaces the Content-Type that names the transfer syntax
 */
export async function respondInstance(
  c: AppContext,
  row: InstanceRow,
  ranges: readonly AcceptRange[],
  contentType?: string,
): Promise<Response> {
  const offer = chosen(ranges, offersOf(row, true));
  if (offer.transferSyntaxUID === row.transferSyntaxUID) return await respondStored(c, row, offer, contentType);
  // The client was given this tag for a conversion that succeeded, so the choice is known without reading anything.
  const etag = await tagOfConverted(row, offer);
  const current = unchanged(c, offer.multipart ? await tagWithBase(c, etag) : etag);
  if (current !== undefined) return current;
  const source = await sourceOf(c, row);
  const possible = conversionsOf(row, source.data.format);
  const certain = chosen(ranges, dicomOffers(row.transferSyntaxUID, true, possible));
  if (certain.transferSyntaxUID === row.transferSyntaxUID) return await respondStored(c, row, certain, contentType);
  try {
    return await respondConverted(c, source, certain, contentType);
  } catch (error) {
    if (!cannotConvert(error)) throw error;
    // An instance that cannot be converted is available as stored, if the client accepts that.
    return await respondStored(c, row, chosen(ranges, dicomOffers(row.transferSyntaxUID, true, [])), contentType);
  }
}

async function respondStored(
  c: AppContext,
  row: InstanceRow,
  offer: Offer,
  contentType = typeOf(offer),
): Promise<Response> {
  if (offer.multipart) return await respondFiles(c, [{ row, transferSyntaxUID: row.transferSyntaxUID }]);
  return await respond(c, { contentType, etag: row.digest, pieces: instancePieces(row) });
}

async function tagOfConverted(row: InstanceRow, { multipart, transferSyntaxUID = '' }: Offer): Promise<string> {
  return await tagOf(row, CONVERSION, multipart ? 'm' : 's', transferSyntaxUID);
}

async function respondConverted(
  c: AppContext,
  source: FileSource,
  offer: Offer,
  contentType = typeOf(offer),
): Promise<Response> {
  const { row } = source;
  const uid = offer.transferSyntaxUID!;
  const etag = await tagOfConverted(row, offer);
  const file = async (): Promise<Body> => await transcodedFile(source, uid);
  if (!offer.multipart) {
    return await respond(c, { contentType, etag, pieces: file });
  }
  const head = { boundary: row.version, etag, type: offer.mediaType };
  return await respondMultipart(c, head, async () => {
    const { pieces, release } = await file();
    const part = { contentType: typeOf(offer), location: instanceURI(c.get('baseURI'), row) };
    const ended = release === undefined ? {} : { release };
    if (Array.isArray(pieces)) return { parts: [{ ...part, pieces }], ...ended };
    return { parts: oneInTurn({ ...part, pieces }), ...ended };
  });
}

async function* oneInTurn(part: BodyPart): AsyncGenerator<BodyPart> {
  yield part;
}

interface RequestedFile {
  readonly row: InstanceRow;
  readonly transferSyntaxUID: string;
}

/** Answers with files in one multipart body. The length is known when all files are sent as stored. */
async function respondFiles(c: AppContext, files: readonly RequestedFile[]): Promise<Response> {
  const converted = files.filter(({ row, transferSyntaxUID }) => transferSyntaxUID !== row.transferSyntaxUID);
  const boundary = await digestOf(files.map(({ row }) => row.version).join());
  const head = { boundary, type: 'application/dicom' };
  if (converted.length === 0) {
    return await respondMultipart(
      c,
      { ...head, etag: boundary },
      files.map(({ row }) => storedPart(c, row)),
    );
  }
  // Each converted file takes another R2 read, for its attributes.
  if (files.length + converted.length > c.get('config').limits.instancesPerRetrieve) {
    throw new HttpProblem('too-large', 'Too many instances to convert for one answer. Retrieve the series one by one.');
  }
  const etag = await digestOf([boundary, CONVERSION, ...files.map((file) => file.transferSyntaxUID)].join());
  return await respondMultipart(c, { ...head, etag }, async () => ({ parts: filesInTurn(c, files) }));
}

function storedPart(c: AppContext, row: InstanceRow) {
  const contentType = typeOf({ mediaType: 'application/dicom', transferSyntaxUID: row.transferSyntaxUID });
  return { contentType, location: instanceURI(c.get('baseURI'), row), pieces: instancePieces(row) };
}

/** A file that cannot be converted comes as stored, and its part names the transfer syntax. */
async function* filesInTurn(c: AppContext, files: readonly RequestedFile[]): AsyncGenerator<BodyPart> {
  for (const { row, transferSyntaxUID } of files) {
    if (transferSyntaxUID === row.transferSyntaxUID) {
      yield storedPart(c, row);
      continue;
    }
    let body: Body | undefined;
    try {
      body = await transcodedFile(await sourceOf(c, row), transferSyntaxUID);
      const contentType = typeOf({ mediaType: 'application/dicom', transferSyntaxUID });
      yield { contentType, location: instanceURI(c.get('baseURI'), row), pieces: body.pieces };
    } catch (error) {
      if (body !== undefined || !cannotConvert(error)) throw error;
      yield storedPart(c, row);
    } finally {
      body?.release?.();
    }
  }
}

async function sourceOf(c: AppContext, row: InstanceRow): Promise<FileSource> {
  const archive = c.get('archive');
  return { archive, row, data: await c.get('instanceData').find(archive, row), decoding: c.get('decoding') };
}

function cannotConvert(error: unknown): boolean {
  return error instanceof CodecError || error instanceof DicomError || error instanceof TooMuchWorkError;
}
