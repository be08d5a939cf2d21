import type { PictureType } from '../../archive/images/rendered-image';
import { frameCount } from '../../archive/retrieve/frames';
import type { InstanceRow } from '../../archive/rows';
import { requestedTypes } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { negotiate, type Offer } from '../answer/negotiate';
import { unchanged } from '../answer/respond';
import type { AppContext } from '../context';
import { PICTURE_OFFERS, possibleRenderings, renderedOffers } from '../rendered/renderable';
import { currentRendering, renderedSource, respondRendered } from '../rendered/rendered';
import { type RenderedSource, renderedFrame, renderedInstance, tagOfPicture } from '../rendered/rendered-answer';
import { refused } from '../rendered/rendered-parameters';
import { withInstance } from '../resource/with-instance';
import { respondInstance } from './wado-rs-instances';
import { respondAnonymized } from './wado-uri-anonymized';
import { parseURIParameters, rangeOf, type URIParameters } from './wado-uri-parameters';

/**
 * Without a content type the client's Accept decides (8.7.5). When Accept names no available type, the answer is the
 * default rendering of the kind of object (9.1.2.2.1), or the file if the object cannot be rendered, because older clients
 * send an Accept without a meaning.
 */
const BY_DEFAULT = rangeOf('*/*', [], 0.001);

const DICOM: Offer = { mediaType: 'application/dicom', multipart: false };

/** GET /wado: an instance, or a picture of it, by the parameters of the URI (PS3.18 9.4). */
export async function retrieveByURI(c: AppContext): Promise<Response> {
  const parameters = parseURIParameters(c.req.url);
  // Clients write the names of the parameters in several ways, so the record cannot read the URL.
  c.set('recorded', { studyInstanceUID: parameters.object.studyInstanceUID });
  return await withInstance(c, async (row) => await answer(c, row, parameters), parameters.object);
}

async function answer(c: AppContext, row: InstanceRow, parameters: URIParameters): Promise<Response> {
  const { contentTypes } = parameters;
  const ranges = contentTypes.length === 0 ? [...requestedTypes(c.req.raw), BY_DEFAULT] : contentTypes;
  const offersOf = (rendered: readonly Offer[]) => [...rendered.filter(({ multipart }) => !multipart), DICOM];
  const choose = (rendered: readonly Offer[]) => negotiate(ranges, offersOf(rendered));
  if (possibleRenderings(row).every(({ offers }) => choose(offers) === DICOM))
    return await respondFile(c, row, parameters);
  const current = await currentPicture(c, row, choose, parameters);
  if (current !== undefined) return current;
  const source = await renderedSource(c, row);
  const offers = offersOf(renderedOffers(source.renderable));
  const offer = negotiate(ranges, offers);
  if (offer === undefined) {
    const types = offers.map(({ mediaType }) => mediaType).join(', ');
    throw new HttpProblem('not-acceptable', `This resource is available as contentType=${types}.`);
  }
  if (offer === DICOM) return await respondFile(c, row, parameters);
  return await respondPicture(c, source, offer, parameters);
}

/** A client that names a transfer syntax in which the instance is not available gets the default (9.1.2.2.2). */
async function respondFile(c: AppContext, row: InstanceRow, parameters: URIParameters): Promise<Response> {
  const named = parameters.transferSyntaxUID;
  const byDefault = rangeOf(DICOM.mediaType, [], 0.5);
  const ranges = named === undefined ? [byDefault] : [rangeOf(DICOM.mediaType, [named]), byDefault];
  // A de-identified archive is not de-identified a second time.
  const { anonymize } = parameters;
  if (anonymize !== undefined && c.get('archive').deidentified === undefined) {
    return await respondAnonymized(c, row, anonymize, ranges, DICOM.mediaType);
  }
  return await respondInstance(c, row, ranges, DICOM.mediaType);
}

/**
 * Answers 304 without reading the instance's attributes. With a presentation state this is not possible, because the
 * state must be read to build the tag.
 */
async function currentPicture(
  c: AppContext,
  row: InstanceRow,
  choose: (offers: readonly Offer[]) => Offer | undefined,
  { presentation, settings, quality, frameNumber }: URIParameters,
): Promise<Response | undefined> {
  if (presentation !== undefined) return undefined;
  const asked = { settings, ...(quality === undefined ? {} : { quality }) };
  if (frameNumber === undefined) return await currentRendering(c, row, asked, choose);
  const offer = choose(PICTURE_OFFERS);
  return offer && unchanged(c, await tagOfPicture(row, offer.mediaType, asked, [frameNumber]));
}

async function respondPicture(
  c: AppContext,
  source: RenderedSource,
  offer: Offer,
  parameters: URIParameters,
): Promise<Response> {
  const { row, renderable } = source;
  const { frameNumber, quality } = parameters;
  const presented = await presentationOf(c, parameters);
  const asked = {
    ...(presented && { presentationState: presented.row }),
    settings: { ...parameters.settings, ...(presented && { presentation: presented.dataSet }) },
    ...(quality === undefined ? {} : { quality }),
  };
  if (frameNumber === undefined) {
    return await respondRendered(c, row, offer, '', await renderedInstance(c, source, offer.mediaType, asked));
  }
  if (renderable.kind !== 'image' || frameNumber > frameCount(row)) {
    throw refused('frameNumber', 'must be the number of a frame of the instance');
  }
  const frame = await renderedFrame(c, source, frameNumber, offer.mediaType as PictureType, asked);
  return await respondRendered(c, row, offer, `/frames/${frameNumber}`, frame);
}

/**
 * Reads the requested presentation state and its attributes. @throws HttpProblem 404, or 400 when the instance is not a
 * presentation state
 */
async function presentationOf(c: AppContext, { presentation }: URIParameters) {
  if (presentation === undefined) return undefined;
  const read = async (row: InstanceRow) => {
    if (!PRESENTATION_STATES.test(row.sopClassUID))
      throw refused('presentationUID', 'must be the UID of a presentation state');
    return { row, dataSet: (await c.get('instanceData').find(c.get('archive'), row)).dataSet };
  };
  return await withInstance(c, read, presentation);
}

/** Softcopy presentation states: PS3.4 N. */
const PRESENTATION_STATES = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.11\.\d+$/;
