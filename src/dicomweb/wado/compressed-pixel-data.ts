import type { Body } from '../../archive/body/body';
import { uncompressedPixels } from '../../archive/images/uncompressed-pixels';
import { PIXEL_DATA } from '../../archive/retrieve/bulk-data';
import { frameNumbers, framePieces } from '../../archive/retrieve/frames';
import type { InstanceData } from '../../archive/retrieve/instance-data';
import type { InstanceRow } from '../../archive/rows';
import { EXPLICIT_LITTLE_ENDIAN } from '../../dicom/dictionary/transfer-syntaxes';
import type { AcceptRange } from '../../http/accept';
import { CodecError } from '../../imaging/codec';
import { typeOf } from '../answer/chosen-offer';
import { tagOf } from '../answer/entity-tag';
import type { BodyPart, KnownPart } from '../answer/multipart-writer';
import { UNCOMPRESSED } from '../answer/offers';
import { offerOf, planRepresentation, type Resource } from '../answer/plan-representation';
import { CONVERSION } from '../answer/respond';
import { convertedPart, respondAsPlanned, respondConverted } from '../answer/respond-as-planned';
import type { AppContext } from '../context';
import { instanceURI } from '../resource/resource-uris';
import { respondStoredFrames } from './wado-rs-frames';

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
  return await respondAsPlanned(c, { kind: 'compressed pixels', row, single: true }, accepted, {
    stored: (offer) => respondStoredFrames(c, row, offer, frameNumbers(row), locationsOf(c, row)),
    tag: ({ multipart }) => tagOf(row, CONVERSION, String(multipart), EXPLICIT_LITTLE_ENDIAN, PIXEL_DATA),
    converted: (offer, etag, data) => {
      const body = async () => await uncompressed(c, row, data);
      return respondConverted(c, { ...headOf(c, row), body }, { boundary: row.version, etag, offer, whole: true });
    },
  });
}

/** Whether the pixel data must be decoded for a client that accepts these types. @throws HttpProblem 406 */
export function isUncompressedFor(accepted: readonly AcceptRange[], row: InstanceRow): boolean {
  if (row.layout.pixels?.kind !== 'encapsulated') return false;
  const planned = planRepresentation(partOf(row), accepted);
  offerOf(planned);
  return planned.how === 'converted';
}

/**
 * The frames as they are stored, one part each; no parts if the instance has no compressed pixel data.
 * @throws HttpProblem 406
 */
export async function storedFrameParts(
  c: AppContext,
  row: InstanceRow,
  accepted: readonly AcceptRange[],
): Promise<KnownPart[]> {
  if (row.layout.pixels?.kind !== 'encapsulated') return [];
  const { transferSyntaxUID } = row;
  const offer = offerOf(planRepresentation(partOf(row), accepted, 'not convertible'));
  const contentType = typeOf({ transferSyntaxUID, ...offer });
  const locations = locationsOf(c, row);
  const pieces = await framePieces(c.get('archive'), row, frameNumbers(row));
  return pieces.map((piece, at) => ({ contentType, location: locations[at]!, pieces: [piece] }));
}

/**
 * The URIs of the frames as parts of the value: its BulkDataURI (PS3.18 10.4.3.3.5), with the number of the frame behind it if
 * there are several (6.5.3.2.2 of edition 2018e). By these a client finds the attribute of each part, and so does a Store
 * request that brings metadata and parts to another archive.
 */
function locationsOf(c: AppContext, row: InstanceRow): readonly string[] {
  const { location } = headOf(c, row);
  const numbers = frameNumbers(row);
  return numbers.map((number) => (numbers.length === 1 ? location : `${location}${FRAMES_OF_VALUE}${number}`));
}

/** Between the URI of compressed pixel data and the numbers of its frames. */
export const FRAMES_OF_VALUE = '/frames/';

/** The uncompressed pixel data in one part. If it cannot be decoded, the parts are the frames as they are stored. */
export async function* uncompressedParts(
  c: AppContext,
  row: InstanceRow,
  accepted: readonly AcceptRange[],
): AsyncGenerator<BodyPart> {
  const body = async () => await uncompressed(c, row, await c.get('instanceData').find(c.get('archive'), row));
  yield* convertedPart({ ...headOf(c, row), body }, async () => await storedFrameParts(c, row, accepted));
}

function partOf(row: InstanceRow): Resource {
  return { kind: 'compressed pixels', row, single: false };
}

function headOf(c: AppContext, row: InstanceRow) {
  const location = `${instanceURI(c.get('baseURI'), row)}/bulkdata/${PIXEL_DATA}`;
  return { contentType: typeOf(UNCOMPRESSED), location };
}

async function uncompressed(c: AppContext, row: InstanceRow, { format }: InstanceData): Promise<Body> {
  if (format === undefined) throw new CodecError('unsupported', 'the instance does not describe its pixels');
  return await uncompressedPixels({ archive: c.get('archive'), row, format, decoding: c.get('decoding') });
}
