import { digestOf } from '../../archive/bytes';
import { ensureFrames, loggingBreak } from '../../archive/images/ensure-frames';
import { ensureSamples, type PictureType } from '../../archive/images/rendered-image';
import { FramePlaces, frameCount } from '../../archive/retrieve/frames';
import { instancesOf } from '../../archive/retrieve/retrieve';
import type { InstanceRow } from '../../archive/rows';
import type { AcceptRange } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { acceptedTypes, chosen, notAcceptable } from '../answer/chosen-offer';
import { tagWithBase } from '../answer/entity-tag';
import { respondMultipart } from '../answer/multipart-response';
import type { BodyPart } from '../answer/multipart-writer';
import { negotiate, type Offer } from '../answer/negotiate';
import { respond, unchanged } from '../answer/respond';
import type { AppContext } from '../context';
import { instanceURI } from '../resource/resource-uris';
import { absent, scopeOf, tooManyInstances } from '../resource/scope';
import { lookingAgain, withInstance } from '../resource/with-instance';
import { frameNumbersOf } from '../wado/frame-numbers';
import { PICTURE_OFFERS, possibleRenderings, RENDERED_OFFERS, renderableOf, renderedOffers } from './renderable';
import {
  imageOf,
  madeOrProblem,
  type RenderedAnswer,
  type RenderedSource,
  renderedFrame,
  renderedFrames,
  renderedInstance,
  tagOfInstance,
  tagOfPicture,
} from './rendered-answer';
import { parseRenderedParameters, type RenderedParameters } from './rendered-parameters';
import { type Answers, respondParts } from './rendered-parts';

/** GET a rendered instance: PS3.18 10.4.1.1.3. */
export async function retrieveRenderedInstance(c: AppContext): Promise<Response> {
  const parameters = parseRenderedParameters(c.req.url);
  return await withInstance(c, async (row) => {
    const ranges = acceptedTypes(c);
    const current = await currentRendering(c, row, parameters, (offers) => negotiate(ranges, offers));
    if (current !== undefined) return current;
    const source = await renderedSource(c, row);
    const offer = chosenRendering(ranges, renderedOffers(source.renderable));
    const answer = await renderedInstance(c, source, offer.mediaType, parameters);
    return await respondRendered(c, row, offer, '', answer);
  });
}

/** GET rendered frames of an instance: PS3.18 10.4.1.1.3. */
export async function retrieveRenderedFrames(c: AppContext): Promise<Response> {
  const parameters = parseRenderedParameters(c.req.url);
  return await withInstance(c, async (row) => {
    const numbers = frameNumbersOf(c, frameCount(row));
    // Several frames without multipart form an animation (GIF); otherwise each frame is a part.
    const offers = PICTURE_OFFERS.filter(
      ({ multipart, mediaType }) => multipart || numbers.length === 1 || mediaType === 'image/gif',
    );
    const offer = chosen(acceptedTypes(c), numbers.length === 1 ? offers : multipartFirst(offers));
    if (numbers.length === 1 || !offer.multipart) {
      const etag = await tagOfPicture(row, offer.mediaType, parameters, numbers);
      const current = unchanged(c, await tagOfForm(c, etag, offer, `/frames/${numbers[0]}`));
      if (current !== undefined) return current;
    }
    const source = await renderedSource(c, row);
    if (source.renderable.kind !== 'image') throw notRenderable();
    if (numbers.length === 1) {
      const answer = await renderedFrame(c, source, numbers[0]!, offer.mediaType as PictureType, parameters);
      return await respondRendered(c, row, offer, `/frames/${numbers[0]}`, answer);
    }
    if (!offer.multipart) {
      return await respondRendered(c, row, offer, '', await renderedFrames(c, source, numbers, parameters));
    }
    const made = { type: offer.mediaType, chosenBy: `f${numbers.join('.')}`, nothing: notRenderable };
    return await respondParts(c, row.version, parameters, made, async function* (): Answers {
      const { renderedSamples } = c.get('config').limits;
      const image = imageOf(c, source, parameters);
      await madeOrProblem(() => ensureSamples(image, numbers, parameters.settings, renderedSamples));
      await madeOrProblem(() => ensureFrames(image, new FramePlaces(image.archive, row), numbers, false));
      for (const number of numbers) {
        const answer = await renderedFrame(c, source, number, offer.mediaType as PictureType, parameters);
        // A client may count the parts: none of the frames that it asked for is left out.
        const body = () => (number === numbers[0] ? answer.body() : loggingBreak(row, number, answer.body));
        yield [`${instanceURI(c.get('baseURI'), row)}/frames/${number}/rendered`, { ...answer, body }, 'needed'];
      }
    });
  });
}

/**
 * GET a rendered study or series: PS3.18 10.4.1.1.3. Everything that can be rendered comes as one part each. A client
 * that does not accept parts gets one instance: the representative picture, or the first one that comes in a type that it accepts.
 */
export async function retrieveRendered(c: AppContext): Promise<Response> {
  return await lookingAgain(c, () => answerRendered(c));
}

async function answerRendered(c: AppContext): Promise<Response> {
  const parameters = parseRenderedParameters(c.req.url);
  const ranges = acceptedTypes(c);
  const offer = negotiate(ranges, multipartFirst(RENDERED_OFFERS));
  const isSingle = offer === undefined ? ranges.every(({ multipart }) => multipart === false) : !offer.multipart;
  const available: Offer[] = [];
  const nothing = () => (available.length === 0 ? notRenderable() : notAcceptable(available));
  const render: Render = async (row) => {
    const source = await renderedSource(c, row);
    const offers = renderedOffers(source.renderable);
    available.push(...offers);
    const forms = offers.filter(({ multipart }) => multipart !== isSingle);
    const fit = negotiate(ranges, forms);
    return fit && { offer: fit, answer: await renderedInstance(c, source, fit.mediaType, parameters) };
  };
  if (isSingle) return await respondFirst(c, render, nothing);
  const rows = await rowsOf(c);
  const boundary = await digestOf(rows.map(({ version }) => version).join());
  const made = { type: offer?.mediaType ?? '*/*', chosenBy: JSON.stringify(ranges), nothing };
  return await respondParts(c, boundary, parameters, made, async function* (): Answers {
    for (const row of rows) {
      const found = await render(row);
      if (found !== undefined) yield [`${instanceURI(c.get('baseURI'), row)}/rendered`, found.answer];
    }
  });
}

/** Renders an instance in a type that the client accepts; undefined when it cannot be. */
type Render = (row: InstanceRow) => Promise<{ offer: Offer; answer: RenderedAnswer } | undefined>;

/** Answers with one instance: the representative one, or else the first that can be rendered. */
async function respondFirst(c: AppContext, render: Render, nothing: () => HttpProblem): Promise<Response> {
  for await (const row of representativeFirst(c)) {
    const found = await render(row);
    if (found) return await respondRendered(c, row, found.offer, '', found.answer);
  }
  throw nothing();
}

async function* representativeFirst(c: AppContext): AsyncGenerator<InstanceRow> {
  const representative = await c.get('archive').index.representative(scopeOf(c));
  if (representative) yield representative;
  yield* await rowsOf(c);
}

/** The instances of the study or series. @throws HttpProblem when there are none, or too many */
async function rowsOf(c: AppContext): Promise<readonly InstanceRow[]> {
  const scope = scopeOf(c);
  const most = Math.floor(c.get('config').limits.instancesPerRetrieve / 3);
  const rows = await instancesOf(c.get('archive'), scope, most);
  if (rows === null) throw tooManyInstances(scope);
  if (rows.length === 0) throw await absent(c, scope);
  return rows;
}

function multipartFirst(offers: readonly Offer[]): readonly Offer[] {
  return [...offers].sort((one, other) => Number(other.multipart) - Number(one.multipart));
}

/** Reads an instance and determines how it can be rendered. */
export async function renderedSource(c: AppContext, row: InstanceRow): Promise<RenderedSource> {
  const data = await c.get('instanceData').find(c.get('archive'), row);
  return { row, data, renderable: renderableOf(row, data) };
}

/** @throws HttpProblem 406 */
function chosenRendering(ranges: readonly AcceptRange[], offers: readonly Offer[]): Offer {
  if (offers.length === 0) throw notRenderable();
  return chosen(ranges, offers);
}

function notRenderable(): HttpProblem {
  return new HttpProblem('not-acceptable', 'Nothing of this resource can be rendered.');
}

/**
 * Answers with a rendered instance. @param path of the resource, from after the instance's path to before `/rendered`
 */
export async function respondRendered(
  c: AppContext,
  row: InstanceRow,
  offer: Offer,
  path: string,
  { contentType, etag, body }: RenderedAnswer,
): Promise<Response> {
  const pieces = () => madeOrProblem(body);
  // Media types that a browser would show as a page.
  const active = /^text\/(?:html|xml)/.test(contentType) && { active: true as const };
  if (!offer.multipart) return await respond(c, { contentType, etag, pieces, ...active });
  const location = `${instanceURI(c.get('baseURI'), row)}${path}/rendered`;
  const head = { boundary: row.version, etag: tagOfPart(etag, path), type: offer.mediaType };
  return await respondMultipart(c, head, async () => {
    const { pieces: made, ...rest } = await pieces();
    return { ...rest, parts: oneInTurn({ contentType, location, pieces: made }) };
  });
}

/** The picture of the whole path and that of a part are the same, but at different locations, so their tags differ. */
function tagOfPart(etag: string, path: string): string {
  return `${etag}-m${path.replaceAll('/', '.')}`;
}

async function tagOfForm(c: AppContext, etag: string, offer: Offer, path: string): Promise<string> {
  return offer.multipart ? await tagWithBase(c, tagOfPart(etag, path)) : etag;
}

/**
 * Answers 304 when the client's tag is that of the instance in one of the forms in which it might be rendered. The
 * client was given that tag because the instance is of that kind, so its attributes need not be read.
 * @param choose chooses an offer for the client; undefined when no offer is acceptable
 */
export async function currentRendering(
  c: AppContext,
  row: InstanceRow,
  parameters: RenderedParameters,
  choose: (offers: readonly Offer[]) => Offer | undefined,
): Promise<Response | undefined> {
  if (c.req.header('If-None-Match') === undefined) return undefined;
  for (const { kind, offers } of possibleRenderings(row)) {
    const offer = choose(offers);
    if (offer === undefined) continue;
    const etag = await tagOfInstance(c, row, kind, offer.mediaType, parameters);
    const current = unchanged(c, await tagOfForm(c, etag, offer, ''));
    if (current !== undefined) return current;
  }
  return undefined;
}

async function* oneInTurn(part: BodyPart): AsyncGenerator<BodyPart> {
  yield part;
}
