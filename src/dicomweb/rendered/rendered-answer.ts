import type { Body } from '../../archive/body/body';
import { textPiece } from '../../archive/body/pieces';
import { digestOf } from '../../archive/bytes';
import {
  animation,
  type PictureType,
  picture,
  type RenderableImage,
  representativeFrame,
} from '../../archive/images/rendered-image';
import { inTurns } from '../../archive/in-turns';
import { frameCount } from '../../archive/retrieve/frames';
import type { InstanceData } from '../../archive/retrieve/instance-data';
import { longTextsOf } from '../../archive/retrieve/long-texts';
import type { InstanceRow } from '../../archive/rows';
import { TooMuchWorkError } from '../../archive/unavailable';
import type { ReportReference } from '../../dicom/reports/report-content';
import { reportHTMLSteps } from '../../dicom/reports/report-html';
import { reportTextSteps } from '../../dicom/reports/report-text';
import { HttpProblem } from '../../http/problem';
import { CodecError } from '../../imaging/codec';
import { RenderError } from '../../imaging/render/settings';
import { cachedBytes } from '../answer/edge-cache';
import { tagOf, tagWithBase } from '../answer/entity-tag';
import { CONVERSION } from '../answer/respond';
import type { AppContext } from '../context';
import { instanceURI } from '../resource/resource-uris';
import { documentPieces, type Renderable, videoPieces } from './renderable';
import { type RenderedParameters, refused } from './rendered-parameters';

/** An instance that is to be rendered. */
export interface RenderedSource {
  readonly row: InstanceRow;
  readonly data: InstanceData;
  readonly renderable: Renderable;
}

/** A rendered representation of an instance. */
export interface RenderedAnswer {
  readonly contentType: string;
  readonly etag: string;
  readonly body: () => Promise<Body>;
}

/**
 * Renders a whole instance in one of its media types. An image with many frames is rendered by its representative
 * frame, or by all frames as an animation when the client asks for GIF.
 */
export async function renderedInstance(
  c: AppContext,
  source: RenderedSource,
  mediaType: string,
  parameters: RenderedParameters,
): Promise<RenderedAnswer> {
  const { row, renderable } = source;
  const etag = await tagOfInstance(c, row, renderable.kind, mediaType, parameters);
  switch (renderable.kind) {
    case 'video':
      return { contentType: mediaType, etag, body: async () => ({ pieces: await videoPieces(c.get('archive'), row) }) };
    case 'document':
      return { contentType: mediaType, etag, body: async () => ({ pieces: documentPieces(row, renderable.document) }) };
    case 'report':
      return {
        contentType: `${mediaType}; charset=utf-8`,
        etag,
        body: async () => ({ pieces: [textPiece(await reportIn(c, mediaType, source))] }),
      };
    default:
      return await renderedImage(c, source, etag, mediaType as PictureType, parameters);
  }
}

/**
 * The entity tag of a rendered instance. It does not depend on the attributes, once the kind of the instance is known.
 */
export async function tagOfInstance(
  c: AppContext,
  row: InstanceRow,
  kind: Renderable['kind'],
  mediaType: string,
  parameters: RenderedParameters,
): Promise<string> {
  if (kind === 'image') return await tagOfPicture(row, mediaType, parameters, 'instance');
  const etag = await tagOf(row, CONVERSION, mediaType, ...(kind === 'report' ? [LONG_TEXTS] : []));
  // The page of a report has links to other instances; the plain text has none.
  return mediaType === 'text/html' ? await tagWithBase(c, etag) : etag;
}

/** Part of the tag of reports since their pages have the long texts themselves. */
const LONG_TEXTS = 't1';

/** The entity tag of a picture. @param shown the numbers of the frames, or the instance as a whole */
export async function tagOfPicture(
  row: InstanceRow,
  mediaType: string,
  parameters: RenderedParameters,
  shown: readonly number[] | 'instance',
): Promise<string> {
  const of = shown === 'instance' ? 'i' : `f${shown.join('.')}`;
  return await tagOf(row, CONVERSION, mediaType, await tagOfParameters(parameters), of);
}

async function reportIn(c: AppContext, mediaType: string, { row, data }: RenderedSource): Promise<string> {
  const { dataSet } = data;
  const longTexts = await longTextsOf(c.get('archive'), row, dataSet);
  if (mediaType === 'text/plain') return await inTurns(reportTextSteps(dataSet, longTexts));
  const linkOf = ({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }: ReportReference) =>
    studyInstanceUID === undefined || seriesInstanceUID === undefined
      ? undefined
      : `${instanceURI(c.get('baseURI'), { studyInstanceUID, seriesInstanceUID, sopInstanceUID })}/rendered`;
  return await inTurns(reportHTMLSteps(dataSet, linkOf, longTexts));
}

async function renderedImage(
  c: AppContext,
  source: RenderedSource,
  etag: string,
  mediaType: PictureType,
  parameters: RenderedParameters,
): Promise<RenderedAnswer> {
  const count = frameCount(source.row);
  if (mediaType !== 'image/gif' || count === 1) {
    const number = representativeFrame(source.data.dataSet, count);
    return await renderedFrame(c, source, number, mediaType, parameters, etag);
  }
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  return await renderedFrames(c, source, numbers, parameters, etag);
}

/**
 * Renders frames as one animated GIF: PS3.18 table 8.7.4-1. @param named the entity tag, when the answer is named by more
 * than the frames
 */
export async function renderedFrames(
  c: AppContext,
  source: RenderedSource,
  numbers: readonly number[],
  parameters: RenderedParameters,
  named?: string,
): Promise<RenderedAnswer> {
  const contentType = 'image/gif';
  refuseProfile(parameters);
  const etag = named ?? (await tagOfPicture(source.row, contentType, parameters, numbers));
  const { renderedSamples } = c.get('config').limits;
  const body = async () =>
    await animation(imageOf(c, source, parameters), numbers, parameters.settings, renderedSamples);
  return { contentType, etag, body };
}

/** Renders one frame: PS3.18 10.4.1.1.3.  @param named the entity tag, when the answer is named by more than the frame */
export async function renderedFrame(
  c: AppContext,
  source: RenderedSource,
  number: number,
  mediaType: PictureType,
  parameters: RenderedParameters,
  named?: string,
): Promise<RenderedAnswer> {
  const { settings, quality } = parameters;
  if (mediaType === 'image/gif') refuseProfile(parameters);
  const etag = named ?? (await tagOfPicture(source.row, mediaType, parameters, [number]));
  const options = { mediaType, settings, ...(quality === undefined ? {} : { quality }) };
  const body = async () =>
    await cachedBytes(c, etag, async () => await picture(imageOf(c, source, parameters), number, options));
  return { contentType: mediaType, etag, body };
}

/** A GIF file cannot contain an ICC profile (8.3.5.1.5). @throws HttpProblem 400 */
function refuseProfile({ settings }: RenderedParameters): void {
  if ((settings.iccprofile ?? 'no') !== 'no')
    throw refused('iccprofile', 'cannot be used with image/gif, which cannot contain a profile');
}

/**
 * The tag of the parameters. It names a presentation state by its settings and by its version, because the settings do
 * not contain all of its values.
 */
async function tagOfParameters(parameters: RenderedParameters): Promise<string> {
  const text = JSON.stringify(parameters);
  return text === PLAIN ? 'p' : await digestOf(text);
}

const PLAIN = JSON.stringify({ settings: {} } satisfies RenderedParameters);

/** @throws TypeError for an instance that is not an image; such an instance has no offers of pictures */
export function imageOf(
  c: AppContext,
  { row, data }: RenderedSource,
  { presentationState }: Pick<RenderedParameters, 'presentationState'> = {},
): RenderableImage {
  if (data.format === undefined) throw new TypeError('not an image');
  const image = { archive: c.get('archive'), row, data, format: data.format, decoding: c.get('decoding') };
  return presentationState === undefined ? image : { ...image, presentationState };
}

/** Makes a body or a part of one; turns a failure into its HTTP problem. */
export async function madeOrProblem<Made>(make: () => Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof RenderError && error.reason === 'bad-request') {
      throw new HttpProblem('bad-request', `The image cannot be rendered in this way: ${error.message}.`);
    }
    if (error instanceof RenderError || error instanceof CodecError) {
      throw new HttpProblem('not-acceptable', `The image cannot be rendered: ${error.message}.`);
    }
    if (error instanceof TooMuchWorkError) {
      throw new HttpProblem('too-large', 'The answer would have too many pixels. Ask for fewer or smaller frames.');
    }
    throw error;
  }
}
