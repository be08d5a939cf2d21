import type { PictureType } from '../../archive/images/rendered-image';
import { frameCount } from '../../archive/retrieve/frames';
import type { InstanceRow } from '../../archive/rows';
import type { AcceptRange } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { negotiate, type Offer } from '../answer/negotiate';
import { unchanged } from '../answer/representation';
import type { AppContext } from '../context';
import { PICTURE_OFFERS, possibleRenderings, renderedOffers } from '../rendered/renderable';
import { currentRendering, renderedSource, respondRendered } from '../rendered/rendered';
import { type RenderedSource, renderedFrame, renderedInstance, tagOfPicture } from '../rendered/rendered-answer';
import { refused } from '../rendered/rendered-parameters';
import { withInstance } from '../resource/with-instance';
import { respondInstance } from './wado-rs-instances';
import { respondAnonymized } from './wado-uri-anonymized';
import { parseURIParameters, type URIParameters } from './wado-uri-parameters';

const DICOM: Offer = { mediaType: 'application/dicom', multipart: false };

/** GET /wado: an instance, or what it looks like, by the parameters of its URI (PS3.18 9.4). */
export async function retrieveByURI(c: AppContext): Promise<Response> {
  const parameters = parseURIParameters(c.req.url);
  return await withInstance(c, async (row) => await answer(c, row, parameters), parameters.object);
}

async function answer(c: AppContext, row: InstanceRow, parameters: URIParameters): Promise<Response> {
  // Without a wish it is what the kind of object is rendered as (9.1.2.2.1), and of what is not rendered the file.
  const { contentTypes } = parameters;
  const ranges = (contentTypes.length === 0 ? ['*/*'] : contentTypes).map((type) => rangeOf(type));
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
    throw new HttpProblem('not-acceptable', `This resource can be had as contentType=${types}.`);
  }
  if (offer === DICOM) return await respondFile(c, row, parameters);
  return await respondPicture(c, source, offer, parameters);
}

function rangeOf(type: string, transferSyntaxUIDs: readonly string[] = [], quality = 1): AcceptRange {
  return { type, multipart: false, transferSyntaxUIDs, quality };
}

/** Who names a transfer syntax that the instance cannot be had in gets the default (9.1.2.2.2). */
async function respondFile(c: AppContext, row: InstanceRow, parameters: URIParameters): Promise<Response> {
  const named = parameters.transferSyntaxUID;
  const byDefault = rangeOf(DICOM.mediaType, [], 0.5);
  const ranges = named === undefined ? [byDefault] : [rangeOf(DICOM.mediaType, [named]), byDefault];
  if (parameters.anonymize) {
    return await respondAnonymized(c, row, await c.get('instanceData').find(c.get('archive'), row), ranges);
  }
  return await respondInstance(c, row, ranges, DICOM.mediaType);
}

/** 304 without the instance's attributes; a presentation state would have to be read to be named. */
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
    throw refused('frameNumber', 'must be that of a frame of the instance');
  }
  const frame = await renderedFrame(c, source, frameNumber, offer.mediaType as PictureType, asked);
  return await respondRendered(c, row, offer, `/frames/${frameNumber}`, frame);
}

/** The presentation state that is asked for, and its attributes. @throws HttpProblem 404, 400 when it is none */
async function presentationOf(c: AppContext, { presentation }: URIParameters) {
  if (presentation === undefined) return undefined;
  const read = async (row: InstanceRow) => {
    if (!PRESENTATION_STATES.test(row.sopClassUID))
      throw refused('presentationUID', 'must be that of a presentation state');
    return { row, dataSet: (await c.get('instanceData').find(c.get('archive'), row)).dataSet };
  };
  return await withInstance(c, read, presentation);
}

/** Softcopy presentation states: PS3.4 N. */
const PRESENTATION_STATES = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.11\.\d+$/;
