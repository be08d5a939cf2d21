import type { Body } from '../../archive/body/body';
import { bytesPiece, type ObjectPiece } from '../../archive/body/pieces';
import { ConvertedFrames } from '../../archive/images/converted-frames';
import { awaitsFrameCopy, COPY_TRANSFER_SYNTAX, frameCopy } from '../../archive/images/frame-copies';
import { frameCount, framePieces } from '../../archive/retrieve/frames';
import type { InstanceData } from '../../archive/retrieve/instance-data';
import type { InstanceRow } from '../../archive/rows';
import { EXPLICIT_LITTLE_ENDIAN } from '../../dicom/dictionary/transfer-syntaxes';
import { CodecError } from '../../imaging/codec';
import { acceptedTypes, typeOf } from '../answer/chosen-offer';
import { tagOf } from '../answer/entity-tag';
import { respondMultipart } from '../answer/multipart-response';
import type { BodyPart, KnownPart } from '../answer/multipart-writer';
import type { Offer } from '../answer/negotiate';
import type { Resource } from '../answer/plan-representation';
import { CONVERSION, respond } from '../answer/respond';
import { respondAsPlanned } from '../answer/respond-as-planned';
import type { AppContext } from '../context';
import { requestCopies } from '../request-copies';
import { instanceURI } from '../resource/resource-uris';
import { withInstance } from '../resource/with-instance';
import { frameNumbersOf } from './frame-numbers';

/** GET frames of an instance, as stored or converted: PS3.18 10.4.1.1.6. */
export async function retrieveFrames(c: AppContext): Promise<Response> {
  return await retrieveFramesOf(c, c.req.param('frames') ?? '');
}

/** @param list the numbers of the frames, separated by commas */
export async function retrieveFramesOf(c: AppContext, list: string): Promise<Response> {
  return await withInstance(c, async (row) => {
    const numbers = frameNumbersOf(c, frameCount(row), list);
    const resource: Resource = { kind: 'frames', row, single: numbers.length === 1 };
    return await respondAsPlanned(c, resource, acceptedTypes(c), {
      stored: (offer) => {
        requestMissingCopy(c, row);
        return respondStoredFrames(c, row, offer, numbers);
      },
      copy: (offer) => respondFrameCopy(c, row, offer, numbers),
      tag: (offer) => tagOfConverted(row, offer, numbers),
      converted: (offer, etag, data) => respondConvertedFrames(c, row, data, offer, etag, numbers),
    });
  });
}

/**
 * Requests copies for a series that a viewer looks at and that has none: it was stored before the deployment made copies.
 * So copies of studies that are never viewed take up no space.
 */
function requestMissingCopy(c: AppContext, row: InstanceRow): void {
  if (!awaitsFrameCopy(row)) return;
  const isNamed = acceptedTypes(c).some(({ transferSyntaxUIDs }) => transferSyntaxUIDs.includes(COPY_TRANSFER_SYNTAX));
  if (isNamed) requestCopies(c, [row]);
}

/**
 * Answers with frames as they are stored in R2.
 * @param locations the URIs of the parts, if these are not the frames' own
 */
export async function respondStoredFrames(
  c: AppContext,
  row: InstanceRow,
  offer: Offer,
  numbers: readonly number[],
  locations?: readonly string[],
): Promise<Response> {
  const pieces = () => framePieces(c.get('archive'), row, numbers);
  const tag = locations === undefined ? [] : ['value'];
  return await respondFrames(c, row, offer, numbers, { tag, pieces, locations });
}

/** Answers with the compressed copy; only an instance with one frame has one. */
async function respondFrameCopy(
  c: AppContext,
  row: InstanceRow,
  offer: Offer,
  numbers: readonly number[],
): Promise<Response> {
  const copy = frameCopy(row)!;
  return await respondFrames(c, row, offer, numbers, { tag: ['copy'], pieces: async () => numbers.map(() => copy) });
}

interface StoredFrames {
  readonly tag: readonly string[];
  readonly pieces: () => Promise<readonly ObjectPiece[]>;
  readonly locations?: readonly string[] | undefined;
}

/** Answers with frames that are stored in R2, each in one piece. */
async function respondFrames(
  c: AppContext,
  row: InstanceRow,
  offer: Offer,
  numbers: readonly number[],
  { tag, pieces, locations }: StoredFrames,
): Promise<Response> {
  const transferSyntaxUID = offer.transferSyntaxUID ?? row.transferSyntaxUID;
  const contentType = typeOf({ ...offer, transferSyntaxUID });
  const etag = await tagOf(row, ...tag, formOf(offer), offer.mediaType, transferSyntaxUID, `f${numbers.join('.')}`);
  if (!offer.multipart)
    return await respond(c, { contentType, etag, pieces: async () => ({ pieces: await pieces() }) });
  const base = instanceURI(c.get('baseURI'), row);
  const whole = locations === undefined ? {} : { whole: true as const };
  const head = { boundary: row.version, etag, type: offer.mediaType, ...whole };
  return await respondMultipart(c, head, async () => {
    const location = (at: number) => locations?.[at] ?? `${base}/frames/${numbers[at]}`;
    return { parts: (await pieces()).map((piece, at) => ({ contentType, location: location(at), pieces: [piece] })) };
  });
}

function formOf({ multipart }: Offer): string {
  return multipart ? 'm' : 's';
}

async function tagOfConverted(row: InstanceRow, offer: Offer, numbers: readonly number[]): Promise<string> {
  const { mediaType, transferSyntaxUID = EXPLICIT_LITTLE_ENDIAN } = offer;
  return await tagOf(row, CONVERSION, formOf(offer), mediaType, transferSyntaxUID, `f${numbers.join('.')}`);
}

async function respondConvertedFrames(
  c: AppContext,
  row: InstanceRow,
  { format }: InstanceData,
  offer: Offer,
  etag: string,
  numbers: readonly number[],
): Promise<Response> {
  if (format === undefined) throw new CodecError('unsupported', 'the instance does not describe its pixels');
  const image = { archive: c.get('archive'), row, format, decoding: c.get('decoding') };
  const uid = offer.transferSyntaxUID ?? EXPLICIT_LITTLE_ENDIAN;
  const contentType = typeOf({ ...offer, transferSyntaxUID: uid });
  if (!offer.multipart) {
    const pieces = async (): Promise<Body> => {
      const frames = new ConvertedFrames(image, uid);
      const { codeStream } = await frames.beginAsDescribed(numbers);
      return { pieces: [bytesPiece(codeStream)], release: () => frames.release() };
    };
    return await respond(c, { contentType, etag, pieces });
  }
  const base = instanceURI(c.get('baseURI'), row);
  const partOf = (number: number) => ({ contentType, location: `${base}/frames/${number}` });
  return await respondMultipart(c, { boundary: row.version, etag, type: offer.mediaType }, async () => {
    const frames = new ConvertedFrames(image, uid);
    return { parts: await convertedParts(frames, numbers, partOf), release: () => frames.release() };
  });
}

/** A single frame has a known length at once. All uncompressed frames are as long as the first. */
async function convertedParts(
  frames: ConvertedFrames,
  numbers: readonly number[],
  partOf: (number: number) => Omit<BodyPart, 'pieces'>,
): Promise<readonly KnownPart[] | AsyncIterable<BodyPart>> {
  const first = await frames.beginAsDescribed(numbers);
  if (numbers.length === 1) return [{ ...partOf(numbers[0]!), pieces: [bytesPiece(first.codeStream)] }];
  const codeStream = async (number: number) => (await frames.frame(number, first)).codeStream;
  if (frames.transferSyntaxUID === EXPLICIT_LITTLE_ENDIAN) {
    const { length } = first.codeStream;
    return numbers.map((number) => ({ ...partOf(number), pieces: [{ length, make: () => codeStream(number) }] }));
  }
  return (async function* () {
    for (const number of numbers) yield { ...partOf(number), pieces: [bytesPiece(await codeStream(number))] };
  })();
}
