import type { Body } from '../../archive/body/body';
import { bytesPiece } from '../../archive/body/pieces';
import { type PictureType, picture, representativeFrame } from '../../archive/images/rendered-image';
import { frameCount } from '../../archive/retrieve/frames';
import { keepThumbnail, keptThumbnail, THUMBNAIL_PIXELS } from '../../archive/retrieve/thumbnail';
import type { InstanceRow } from '../../archive/rows';
import { HttpProblem } from '../../http/problem';
import { acceptedTypes, chosen } from '../answer/chosen-offer';
import { cachedBytes } from '../answer/edge-cache';
import { tagOf } from '../answer/entity-tag';
import { CONVERSION, respond } from '../answer/respond';
import type { AppContext } from '../context';
import { absent, scopeOf } from '../resource/scope';
import { lookingAgain, withInstance } from '../resource/with-instance';
import { frameNumbersOf } from '../wado/frame-numbers';
import { THUMBNAIL_OFFERS } from './renderable';
import { renderedSource } from './rendered';
import { imageOf, madeOrProblem, type RenderedSource } from './rendered-answer';
import { parseThumbnailParameters, type ThumbnailParameters } from './rendered-parameters';

/** GET the thumbnail of a study or a series, made from its representative image: PS3.18 10.4.1.1.4. */
export async function retrieveThumbnail(c: AppContext): Promise<Response> {
  const scope = scopeOf(c);
  const { index } = c.get('archive');
  return await lookingAgain(c, async () => {
    const row = (await index.representative(scope)) ?? (await index.instances(scope, 0, 1))[0];
    if (row === undefined) throw await absent(c, scope);
    return await respondThumbnail(c, row);
  });
}

/** GET the thumbnail of an instance; if it has many frames, of its representative frame. */
export async function retrieveInstanceThumbnail(c: AppContext): Promise<Response> {
  return await withInstance(c, async (row) => await respondThumbnail(c, row));
}

/** GET the thumbnail of a frame; if the path names several frames, of the first. */
export async function retrieveFrameThumbnail(c: AppContext): Promise<Response> {
  return await withInstance(c, async (row) => {
    const [number] = frameNumbersOf(c, frameCount(row));
    return await respondThumbnail(c, row, number);
  });
}

async function respondThumbnail(c: AppContext, row: InstanceRow, frame?: number): Promise<Response> {
  const parameters = parseThumbnailParameters(c.req.url);
  const mediaType = chosen(acceptedTypes(c), THUMBNAIL_OFFERS).mediaType as PictureType;
  const size = sizeOf(parameters);
  const etag = await tagOf(row, CONVERSION, 'thumbnail', mediaType, `${size.width}x${size.height}`, `f${frame ?? ''}`);
  // The usual thumbnail of an instance is made once and kept. If it exists, nothing else about the instance has to be
  // known. De-identified thumbnails are not kept beside the instance.
  const usual =
    c.get('archive').deidentified === undefined &&
    frame === undefined &&
    mediaType === 'image/jpeg' &&
    size.width === THUMBNAIL_PIXELS &&
    size.height === THUMBNAIL_PIXELS;
  const make = async (): Promise<Body> => {
    const kept = usual ? await keptThumbnail(c.get('archive'), row, CONVERSION) : undefined;
    if (kept !== undefined) return { pieces: [bytesPiece(kept)] };
    return await thumbnail(c, await renderedSource(c, row), mediaType, size, usual ? undefined : etag, frame);
  };
  return await respond(c, { contentType: mediaType, etag, pieces: () => madeOrProblem(make) });
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function sizeOf({ viewport }: ThumbnailParameters): Size {
  return viewport ?? { width: THUMBNAIL_PIXELS, height: THUMBNAIL_PIXELS };
}

/** @param tag its name in the cache; absent when the thumbnail is kept beside the instance */
async function thumbnail(
  c: AppContext,
  source: RenderedSource,
  mediaType: PictureType,
  size: Size,
  tag: string | undefined,
  frame: number | undefined,
): Promise<Body> {
  const { row, data, renderable } = source;
  if (renderable.kind !== 'image') {
    const why = row.layout.pixels === undefined ? 'is not an image' : 'has no image that can be shown';
    throw new HttpProblem('not-acceptable', `The instance ${why}, so it has no thumbnail.`);
  }
  const count = frameCount(row);
  const number = frame ?? representativeFrame(data.dataSet, count, Math.ceil(count / 2));
  const made = async () => await picture(imageOf(c, source), number, { mediaType, settings: { viewport: size } });
  if (tag !== undefined) return await cachedBytes(c, tag, made);
  const { value, lease } = await made();
  c.executionCtx.waitUntil(keepThumbnail(c.get('archive'), row, CONVERSION, value).catch(() => undefined));
  return { pieces: [bytesPiece(value)], release: () => lease.release() };
}
