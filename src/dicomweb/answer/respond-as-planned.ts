import type { Body } from '../../archive/body/body';
import { ObjectMissing } from '../../archive/body/stream-pieces';
import { TooManyFramesError } from '../../archive/images/transcoded-file';
import type { InstanceData } from '../../archive/retrieve/instance-data';
import type { InstanceRow } from '../../archive/rows';
import { TooMuchWorkError } from '../../archive/unavailable';
import { DicomError } from '../../dicom/errors';
import type { AcceptRange } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { CodecError } from '../../imaging/codec';
import { logFailure } from '../../log';
import type { AppContext } from '../context';
import { notAcceptable } from './chosen-offer';
import { tagWithBase } from './entity-tag';
import { type MultipartHead, respondMultipart } from './multipart-response';
import type { BodyPart } from './multipart-writer';
import type { Offer } from './negotiate';
import { type Known, offerOf, offersOf, type Plan, planRepresentation, type Resource } from './plan-representation';
import { respond, unchanged } from './respond';

/** How one kind of resource is answered, by the plan. */
export interface Answers {
  /** Answers with the bytes that the archive has. */
  stored(offer: Offer): Promise<Response>;
  /** Answers with the compressed copy; only of frames. */
  copy?(offer: Offer): Promise<Response>;
  /** The entity tag of a converted answer, without the base URI. */
  tag(offer: Offer): Promise<string>;
  /**
   * Converts and answers.
   * @param etag what `tag` returned for the offer
   * @throws CodecError, DicomError, TooMuchWorkError before the first byte, when the resource cannot be converted
   */
  converted(offer: Offer, etag: string, data: InstanceData): Promise<Response>;
}

/**
 * Answers with a resource as its plan says. When the resource cannot be converted, the answer is what is stored, if the
 * client accepts that.
 * @throws HttpProblem 406
 */
export async function respondAsPlanned(
  c: AppContext,
  resource: Resource,
  ranges: readonly AcceptRange[],
  answers: Answers,
): Promise<Response> {
  const planned = planRepresentation(resource, ranges);
  if (planned.how === 'copy') return await respondCopy(c, resource, ranges, answers, planned.offer);
  if (planned.how === 'not acceptable')
    throw await notAcceptableOf(c, resource.row, (known) => offersOf(resource, known));
  if (planned.how !== 'converted') return await respondStored(planned, answers);
  // A client that has this tag received it with a conversion that succeeded, so nothing has to be read to compare tags.
  const etag = await answers.tag(planned.offer);
  const current = unchanged(c, planned.offer.multipart ? await tagWithBase(c, etag) : etag);
  if (current !== undefined) return current;
  const data = await c.get('instanceData').find(c.get('archive'), resource.row);
  const possible = planRepresentation(resource, ranges, data);
  if (possible.how !== 'converted') return await respondStored(possible, answers);
  try {
    return await answers.converted(possible.offer, await answers.tag(possible.offer), data);
  } catch (error) {
    if (!isNotConvertible(error)) throw error;
    return await respondStored(planOfStored(resource, ranges, error), answers);
  }
}

/**
 * 406 for an instance: the types by which a client can get it. The attributes say which conversions are possible; where they
 * are lost, those of any image are named.
 * @param offers by what is known of its pixels
 */
export async function notAcceptableOf(
  c: AppContext,
  row: InstanceRow,
  offers: (known: Known) => readonly Offer[],
): Promise<HttpProblem> {
  try {
    return notAcceptable(offers(await c.get('instanceData').find(c.get('archive'), row)));
  } catch (error) {
    if (!(error instanceof ObjectMissing)) throw error;
    return notAcceptable(offers('unread'));
  }
}

/** @throws HttpProblem 406, which names the limit that was the reason */
function planOfStored(resource: Resource, ranges: readonly AcceptRange[], error: unknown): Plan {
  const planned = planRepresentation(resource, ranges, 'not convertible');
  if (planned.how !== 'not acceptable' || !(error instanceof TooManyFramesError)) return planned;
  throw new HttpProblem('not-acceptable', `${notAcceptable(planned.offers).detail} ${error.detail}`);
}

/** A copy only saves bytes on the line. When it is lost, the frame is answered as if there had never been a copy. */
async function respondCopy(
  c: AppContext,
  { row, ...resource }: Resource,
  ranges: readonly AcceptRange[],
  answers: Answers,
  offer: Offer,
): Promise<Response> {
  try {
    return await answers.copy!(offer);
  } catch (error) {
    if (!(error instanceof ObjectMissing)) throw error;
    logFailure('object-lost', error);
    const { copyLength: _, ...layout } = row.layout;
    return await respondAsPlanned(c, { ...resource, row: { ...row, layout } }, ranges, answers);
  }
}

async function respondStored(planned: Plan, answers: Answers): Promise<Response> {
  const offer = offerOf(planned);
  return await (planned.how === 'copy' ? answers.copy!(offer) : answers.stored(offer));
}

/** Whether an error says that a resource cannot be converted, although it can be read. */
export function isNotConvertible(error: unknown): boolean {
  return error instanceof CodecError || error instanceof DicomError || error instanceof TooMuchWorkError;
}

/** A converted body, and what its headers say. */
export interface ConvertedBody extends Omit<BodyPart, 'pieces'> {
  /** @throws as `Answers.converted` */
  body(): Promise<Body>;
}

/** Answers with one converted body, alone or as the only part, as the offer says. */
export async function respondConverted(
  c: AppContext,
  { body, ...head }: ConvertedBody,
  { offer, ...multipart }: Omit<MultipartHead, 'type'> & { readonly offer: Offer },
): Promise<Response> {
  const { etag } = multipart;
  if (!offer.multipart) return await respond(c, { contentType: head.contentType, etag, pieces: body });
  return await respondMultipart(c, { ...multipart, type: offer.mediaType }, async () => {
    const { pieces, ...held } = await body();
    return { ...held, parts: isList(pieces) ? [{ ...head, pieces }] : inTurn({ ...head, pieces }) };
  });
}

function isList<Item>(pieces: readonly Item[] | AsyncIterable<Item>): pieces is readonly Item[] {
  return Array.isArray(pieces);
}

async function* inTurn(part: BodyPart): AsyncGenerator<BodyPart> {
  yield part;
}

/**
 * A part of a multipart answer that is converted when its turn comes. When it cannot be converted, its stored form takes its
 * place, whose Content-Type names the transfer syntax.
 */
export async function* convertedPart(
  { body, ...part }: ConvertedBody,
  stored: () => Promise<readonly BodyPart[]>,
): AsyncGenerator<BodyPart> {
  let made: Body | undefined;
  try {
    made = await body();
    yield { ...part, pieces: made.pieces };
  } catch (error) {
    if (made !== undefined || !isNotConvertible(error)) throw error;
    yield* await stored();
  } finally {
    made?.release?.();
  }
}
