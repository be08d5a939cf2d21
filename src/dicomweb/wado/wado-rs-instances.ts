import type { Body } from '../../archive/body/body';
import { ObjectMissing } from '../../archive/body/stream-pieces';
import { digestOf } from '../../archive/bytes';
import { conversionsOf } from '../../archive/images/transcode';
import { type FileSource, transcodedFile } from '../../archive/images/transcoded-file';
import { type InstanceData, instancesData } from '../../archive/retrieve/instance-data';
import { instancePieces, instancesOf } from '../../archive/retrieve/retrieve';
import type { InstanceRow } from '../../archive/rows';
import { EXPLICIT_LITTLE_ENDIAN } from '../../dicom/dictionary/transfer-syntaxes';
import type { AcceptRange } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { acceptedTypes, notAcceptable, typeOf } from '../answer/chosen-offer';
import { tagOf } from '../answer/entity-tag';
import { respondMultipart } from '../answer/multipart-response';
import type { BodyPart } from '../answer/multipart-writer';
import type { Offer } from '../answer/negotiate';
import { formOffers, type Plan, planForm, planRepresentation } from '../answer/plan-representation';
import { CONVERSION } from '../answer/respond';
import {
  convertedPart,
  isNotConvertible,
  notAcceptableOf,
  respondAsPlanned,
  respondConverted,
} from '../answer/respond-as-planned';
import type { AppContext } from '../context';
import { instanceURI } from '../resource/resource-uris';
import { absent, scopeOf, tooManyInstances } from '../resource/scope';
import { lookingAgain } from '../resource/with-instance';
import { type RequestedFile, rewrittenFiles, storedFile } from './stored-file';
import { retrieveAllBulkData } from './wado-rs-bulk-data';
import { respondZip } from './wado-rs-zip';

/** GET a study, a series or an instance: its Part 10 files, as stored or converted (PS3.18 10.4.1.1.1). */
export async function retrieveInstances(c: AppContext): Promise<Response> {
  return await lookingAgain(c, () => answer(c));
}

async function answer(c: AppContext): Promise<Response> {
  const scope = scopeOf(c);
  const rows = await instancesOf(c.get('archive'), scope, c.get('config').limits.instancesPerRetrieve);
  if (rows === null) throw tooManyInstances(scope);
  const [first] = rows;
  if (first === undefined) throw await absent(c, scope);
  const ranges = acceptedTypes(c);
  const single = scope.sopInstanceUID !== undefined;
  const form = planForm(first, single, ranges);
  if (form.how === 'zip') return await respondZip(c, scope, rows);
  if (form.how === 'bulk data') return await retrieveAllBulkData(c);
  if (form.how === 'not acceptable' && single) {
    throw await notAcceptableOf(c, first, (known) => formOffers(first, single, known));
  }
  if (single) return await respondInstance(c, first, ranges);
  const files = rows.map((row) => ({ row, plan: planRepresentation({ kind: 'file', row, single: false }, ranges) }));
  if (form.how === 'not acceptable' && files.every(({ plan }) => plan.how === 'not acceptable')) {
    throw notAcceptable(form.offers);
  }
  return await respondFiles(
    c,
    files.map(({ row, plan }) => ({ row, transferSyntaxUID: syntaxOf(row, plan) })),
  );
}

/**
 * The transfer syntax of a file among others. A request for one report in a compression of images is answered with 406.
 * When it is one file among images, the report is sent in another form.
 */
function syntaxOf(row: InstanceRow, plan: Plan): string {
  if (plan.how !== 'not acceptable') return plan.offer.transferSyntaxUID ?? row.transferSyntaxUID;
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
  return await respondAsPlanned(c, { kind: 'file', row, single: true }, ranges, {
    stored: (offer) => respondStored(c, row, offer, contentType),
    tag: (offer) => tagOf(row, CONVERSION, offer.multipart ? 'm' : 's', offer.transferSyntaxUID ?? ''),
    converted: (offer, etag, data) => {
      const uid = offer.transferSyntaxUID!;
      const converted = {
        contentType: contentType ?? typeOf(offer),
        location: instanceURI(c.get('baseURI'), row),
        body: () => transcodedFile(sourceOf(c, row, data), uid),
      };
      return respondConverted(c, converted, { boundary: row.version, etag, offer });
    },
  });
}

async function respondStored(
  c: AppContext,
  row: InstanceRow,
  offer: Offer,
  contentType = typeOf(offer),
): Promise<Response> {
  if (offer.multipart && c.get('archive').deidentified === undefined) {
    return await respondFiles(c, [{ row, transferSyntaxUID: row.transferSyntaxUID }]);
  }
  const body = () => rewritable(storedFile(c, row));
  const file = { contentType, location: instanceURI(c.get('baseURI'), row), body };
  return await respondConverted(c, file, { boundary: row.version, etag: row.digest, offer });
}

/** @throws HttpProblem 406 for a file that cannot be written again */
async function rewritable(file: Promise<Body>): Promise<Body> {
  try {
    return await file;
  } catch (error) {
    if (!isNotConvertible(error)) throw error;
    throw new HttpProblem(
      'not-acceptable',
      'The instance cannot be rewritten without the data that identify the patient.',
    );
  }
}

/** Answers with files in one multipart body. The length is known when all files are sent as stored. */
async function respondFiles(c: AppContext, files: readonly RequestedFile[]): Promise<Response> {
  const converted = files.filter(({ row, transferSyntaxUID }) => transferSyntaxUID !== row.transferSyntaxUID);
  const boundary = await digestOf(files.map(({ row }) => row.version).join());
  const head = { boundary, type: 'application/dicom' };
  const rewritten = c.get('archive').deidentified !== undefined;
  if (converted.length === 0 && !rewritten) {
    return await respondMultipart(
      c,
      { ...head, etag: boundary },
      files.map(({ row }) => storedPart(c, row)),
    );
  }
  // Each converted file takes another R2 read, for its attributes.
  if (files.length + converted.length > c.get('config').limits.instancesPerRetrieve) {
    throw tooManyInstances(scopeOf(c), ' to convert');
  }
  const etag = await digestOf([boundary, CONVERSION, ...files.map((file) => file.transferSyntaxUID)].join());
  const parts = rewritten ? rewrittenParts : filesInTurn;
  return await respondMultipart(c, { ...head, etag }, async () => ({ parts: parts(c, files) }));
}

function storedPart(c: AppContext, row: InstanceRow) {
  const contentType = typeOf({ mediaType: 'application/dicom', transferSyntaxUID: row.transferSyntaxUID });
  return { contentType, location: instanceURI(c.get('baseURI'), row), pieces: instancePieces(row) };
}

/** A file that cannot be converted comes as stored, and its part names the transfer syntax. */
async function* filesInTurn(c: AppContext, files: readonly RequestedFile[]): AsyncGenerator<BodyPart> {
  const converted = files.filter(({ row, transferSyntaxUID }) => transferSyntaxUID !== row.transferSyntaxUID);
  const attributes = instancesData(
    c.get('archive'),
    converted.map(({ row }) => row),
  );
  for (const { row, transferSyntaxUID } of files) {
    if (transferSyntaxUID === row.transferSyntaxUID) {
      yield storedPart(c, row);
      continue;
    }
    const { value: data } = await attributes.next();
    const file = {
      contentType: typeOf({ mediaType: 'application/dicom', transferSyntaxUID }),
      location: instanceURI(c.get('baseURI'), row),
      body: async () => {
        if (data === undefined) throw new ObjectMissing(row.version);
        return await transcodedFile(sourceOf(c, row, data), transferSyntaxUID);
      },
    };
    yield* convertedPart(file, async () => [storedPart(c, row)]);
  }
}

/** The de-identified files. */
async function* rewrittenParts(c: AppContext, files: readonly RequestedFile[]): AsyncGenerator<BodyPart> {
  for await (const { row, transferSyntaxUID, body } of rewrittenFiles(c, files)) {
    const contentType = typeOf({ mediaType: 'application/dicom', transferSyntaxUID });
    yield { contentType, location: instanceURI(c.get('baseURI'), row), pieces: body.pieces };
  }
}

function sourceOf(c: AppContext, row: InstanceRow, data: InstanceData): FileSource {
  return { archive: c.get('archive'), row, data, decoding: c.get('decoding') };
}
