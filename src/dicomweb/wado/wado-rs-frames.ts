import type { Body } from '../../archive/body/body';
import { bytesPiece, type ObjectPiece } from '../../archive/body/pieces';
import { ConvertedFrames } from '../../archive/images/converted-frames';
import { COPY_TRANSFER_SYNTAX, frameCopy } from '../../archive/images/frame-copies';
import { conversionsOf, type Image } from '../../archive/images/transcode';
import { frameCount, framePieces } from '../../archive/retrieve/frames';
import type { InstanceRow } from '../../archive/rows';
import { EXPLICIT_LITTLE_ENDIAN } from '../../dicom/dictionary/transfer-syntaxes';
import type { AcceptRange } from '../../http/accept';
import { CodecError } from '../../imaging/codec';
import { acceptedTypes, chosen, typeOf } from '../answer/chosen-offer';
import { tagOf, tagWithBase } from '../answer/entity-tag';
import { respondMultipart } from '../answer/multipart-response';
import type { BodyPart, KnownPart } from '../answer/multipart-writer';
import type { Offer } from '../answer/negotiate';
import { frameOffers } from '../answer/offers';
import { CONVERSION, respond, unchanged } from '../answer/representation';
import type { AppContext } from '../context';
import { instanceURI } from '../resource/resource-uris';
import { withInstance } from '../resource/with-instance';
import { frameNumbersOf } from './frame-numbers';

/** GET frames of an instance, as stored or converted: PS3.18 10.4.1.1.6. */
export async function retrieveFrames(c: AppContext): Promise<Response> {
  return await withInstance(c, async (row) => {
    const numbers = frameNumbersOf(c, frameCount(row));
    const ranges = acceptedTypes(c);
    const single = numbers.length === 1;
    const { transferSyntaxUID } = row;
    const offer = conceivableOffer(ranges, row, single);
    const copy = frameCopy(row);
    if (copy !== undefined && offer.transferSyntaxUID === COPY_TRANSFER_SYNTAX) {
      return await respondFrames(c, row, offer, numbers, {
        tag: ['copy'],
        pieces: async () => numbers.map(() => copy),
      });
    }
    if (isStored(row, offer)) return await respondStoredFrames(c, row, offer, numbers);
    // The client was given this tag for a conversion that succeeded, so the choice is known without reading anything.
    const etag = await tagOfConverted(row, offer, numbers);
    const current = unchanged(c, offer.multipart ? await tagWithBase(c, etag) : etag);
    if (current !== undefined) return current;
    const { format } = await c.get('instanceData').find(c.get('archive'), row);
    const possible = format === undefined ? [] : conversionsOf(row, format);
    const certain = chosen(ranges, frameOffers(transferSyntaxUID, single, possible));
    if (isStored(row, certain) || format === undefined) return await respondStoredFrames(c, row, certain, numbers);
    const image = { archive: c.get('archive'), row, format, decoding: c.get('decoding') };
    try {
      return await respondConvertedFrames(c, image, certain, numbers);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      // Frames that cannot be decoded are available as stored, if the client accepts that.
      const stored = chosen(ranges, frameOffers(transferSyntaxUID, single, []));
      return await respondStoredFrames(c, row, stored, numbers);
    }
  });
}

/**
 * The offer that the client would get if every conversion were possible. A viewer sends the same Accept header for
 * thousands of frames, so the choice is kept together with the parsed list.
 * @throws HttpProblem 406
 */
function conceivableOffer(ranges: readonly AcceptRange[], row: InstanceRow, single: boolean): Offer {
  const { transferSyntaxUID } = row;
  const known = CHOSEN.get(ranges) ?? new Map<string, Offer>();
  const copied = frameCopy(row) && COPY_TRANSFER_SYNTAX;
  const key = `${transferSyntaxUID} ${single} ${copied}`;
  let offer = known.get(key);
  if (offer === undefined) {
    offer = chosen(ranges, frameOffers(transferSyntaxUID, single, conversionsOf(row), copied));
    if (known.size >= MOST_CHOSEN) known.clear();
    CHOSEN.set(ranges, known.set(key, offer));
  }
  return offer;
}

const CHOSEN = new WeakMap<readonly AcceptRange[], Map<string, Offer>>();
const MOST_CHOSEN = 100;

/** Whether the bytes of the offer are the stored bytes, without decoding. */
export function isStored({ transferSyntaxUID, layout }: InstanceRow, offer: Offer): boolean {
  const uncompressed = layout.pixels?.kind === 'native' || transferSyntaxUID === ENCAPSULATED_UNCOMPRESSED;
  return (
    offer.transferSyntaxUID === undefined ||
    offer.transferSyntaxUID === transferSyntaxUID ||
    (uncompressed && offer.transferSyntaxUID === EXPLICIT_LITTLE_ENDIAN)
  );
}

const ENCAPSULATED_UNCOMPRESSED = '1.2.840.10008.1.2.1.98';

/** Answers with frames as they are stored in R2. */
export async function respondStoredFrames(
  c: AppContext,
  row: InstanceRow,
  offer: Offer,
  numbers: readonly number[],
): Promise<Response> {
  const pieces = () => framePieces(c.get('archive'), row, numbers);
  return await respondFrames(c, row, offer, numbers, { tag: [], pieces });
}

/** Answers with frames that are stored in R2, each in one piece. */
async function respondFrames(
  c: AppContext,
  row: InstanceRow,
  offer: Offer,
  numbers: readonly number[],
  { tag, pieces }: { readonly tag: readonly string[]; readonly pieces: () => Promise<readonly ObjectPiece[]> },
): Promise<Response> {
  const transferSyntaxUID = offer.transferSyntaxUID ?? row.transferSyntaxUID;
  const contentType = typeOf({ ...offer, transferSyntaxUID });
  const etag = await tagOf(row, ...tag, formOf(offer), offer.mediaType, transferSyntaxUID, `f${numbers.join('.')}`);
  if (!offer.multipart)
    return await respond(c, { contentType, etag, pieces: async () => ({ pieces: await pieces() }) });
  const base = instanceURI(c.get('baseURI'), row);
  const head = { boundary: row.version, etag, type: offer.mediaType };
  return await respondMultipart(c, head, async () => {
    const location = (at: number) => `${base}/frames/${numbers[at]}`;
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
  image: Image,
  offer: Offer,
  numbers: readonly number[],
): Promise<Response> {
  const { row } = image;
  const uid = offer.transferSyntaxUID ?? EXPLICIT_LITTLE_ENDIAN;
  const contentType = typeOf({ ...offer, transferSyntaxUID: uid });
  const etag = await tagOfConverted(row, offer, numbers);
  if (!offer.multipart) {
    const pieces = async (): Promise<Body> => {
      const frames = new ConvertedFrames(image, uid);
      const { codeStream } = await frames.begin(numbers);
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
  const first = await frames.begin(numbers);
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
