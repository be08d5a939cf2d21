import type { InstanceRow } from '../../archive/rows';
import { HttpProblem } from '../../http/problem';
import { queryParameters } from '../../http/query-parameters';
import type { RenderSettings, SourceRegion, Viewport, Window } from '../../imaging/render/settings';

/** The parameters of a rendered resource: PS3.18 8.3.5.1. */
export interface RenderedParameters {
  readonly settings: RenderSettings;
  /** Quality of lossy compression, 1 to 100 (8.3.5.1.2). */
  readonly quality?: number;
  /** The presentation state that the settings come from. */
  readonly presentationState?: InstanceRow;
}

/** The parameters of a thumbnail: PS3.18 8.3.5.2. */
export interface ThumbnailParameters {
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** Largest width and height of a picture in pixels: about a wall of screens. */
export const LARGEST_PICTURE = 8192;

/**
 * Reads the parameters of a rendered resource.
 * @param url absolute
 * @throws HttpProblem 400 that names the parameter and the rule
 */
export function parseRenderedParameters(url: string): RenderedParameters {
  const query = parametersOf(url);
  const viewport = query.get('viewport');
  const window = query.get('window');
  const annotation = query.get('annotation');
  const iccprofile = query.get('iccprofile');
  const quality = query.get('quality');
  return {
    settings: {
      ...(viewport === undefined ? {} : { viewport: parseViewport(viewport) }),
      ...(window === undefined ? {} : { window: parseWindow(window) }),
      ...(annotation === undefined ? {} : { annotation: parseAnnotation(annotation) }),
      ...(iccprofile === undefined ? {} : { iccprofile: parseICCProfile(iccprofile) }),
    },
    ...(quality === undefined ? {} : { quality: parseQuality(quality, 'quality') }),
  };
}

/** Reads the parameters of a thumbnail, which has no source region. @throws HttpProblem 400 */
export function parseThumbnailParameters(url: string): ThumbnailParameters {
  const viewport = parametersOf(url).get('viewport');
  if (viewport === undefined) return {};
  const { source, ...size } = parseViewport(viewport);
  if (source !== undefined) throw refused('viewport', 'of a thumbnail must be a width and a height');
  return { viewport: size };
}

/** Names of the parameters of rendered resources. */
export const RENDERED_PARAMETERS = ['viewport', 'window', 'annotation', 'iccprofile', 'quality', 'charset'];

/** Reads the parameters. Each may be given once; an empty parameter counts as absent. */
function parametersOf(url: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of queryParameters(url)) {
    if (!RENDERED_PARAMETERS.includes(name) || value.trim() === '') continue;
    if (found.has(name)) throw refused(name, 'may be given once');
    found.set(name, value.trim());
  }
  const charset = found.get('charset');
  if (charset !== undefined && !isUTF8(charset))
    throw refused('charset', 'must be utf-8, the character set of all text here');
  return found;
}

/** Whether a list of character sets contains UTF-8, or a subset of it that ASCII text fits in. */
export function isUTF8(list: string): boolean {
  return list.split(',').some((name) => /^\s*(?:utf-?8|\*)\s*(?:;|$)/i.test(name));
}

/**
 * Parses vw,vh[,sx,sy,sw,sh]: 8.3.5.1.3. Each source field may be omitted, and then has its default; the commas after the
 * last field are then omitted too. A negative size of the source flips the picture.
 */
function parseViewport(text: string): Viewport {
  const fields = text.split(',').map((field) => field.trim());
  if (fields.length < 2 || fields.length > 6) throw refused('viewport', 'must be two to six numbers');
  const [width, height] = fields.slice(0, 2).map((field) => (DIGITS.test(field) ? Number(field) : undefined));
  const good = (value: number | undefined): value is number =>
    value !== undefined && Number.isInteger(value) && value >= 1 && value <= LARGEST_PICTURE;
  if (!good(width) || !good(height)) {
    throw refused('viewport', `must begin with a width and a height from 1 to ${LARGEST_PICTURE}`);
  }
  if (fields.length === 2) return { width, height };
  const [x = 0, y = 0, ...size] = fields
    .slice(2)
    .map((field) => (field === '' ? undefined : decimal(field, 'viewport')));
  if (x < 0 || y < 0) throw refused('viewport', 'must have a source that begins within the image');
  if (size.some((value) => value === 0)) throw refused('viewport', 'must not have a source of size 0');
  // Infinity means the end of the image: the renderer stops there.
  const [sourceWidth = Number.POSITIVE_INFINITY, sourceHeight = Number.POSITIVE_INFINITY] = size;
  const source: SourceRegion = { x, y, width: sourceWidth, height: sourceHeight };
  return { width, height, source };
}

const DIGITS = /^\d{1,9}$/;

/** Parses center,width,function: 8.3.5.1.4. */
function parseWindow(text: string): Window {
  const [center = '', width = '', name = '', ...rest] = text.split(',').map((field) => field.trim());
  const of = name.toLowerCase();
  if (rest.length > 0 || !isWindowFunction(of)) {
    throw refused('window', 'must be a center, a width, and linear, linear-exact or sigmoid');
  }
  return checkedWindow({ center: decimal(center, 'window'), width: decimal(width, 'window'), function: of }, 'window');
}

function isWindowFunction(text: string): text is Window['function'] {
  return text === 'linear' || text === 'linear-exact' || text === 'sigmoid';
}

/** Checks that the width is valid for the function: PS3.3 C.11.2.1.2, C.11.2.1.3. */
export function checkedWindow(window: Window, name: string): Window {
  const least = window.function === 'linear' ? 1 : 0;
  if (window.width < least || (least === 0 && window.width === 0)) {
    throw refused(name, `of this function must have a width of ${least === 1 ? 'at least 1' : 'more than 0'}`);
  }
  return window;
}

/** Parses the annotations to show: 8.3.5.1.1. */
export function parseAnnotation(text: string): readonly ('patient' | 'technique')[] {
  return text.split(',').map((field) => {
    const name = field.trim().toLowerCase();
    if (name !== 'patient' && name !== 'technique') throw refused('annotation', 'must be patient, technique, or both');
    return name;
  });
}

/** Parses the colour profile to embed: 8.3.5.1.5. */
function parseICCProfile(text: string): NonNullable<RenderSettings['iccprofile']> {
  const name = text.toLowerCase();
  if (name === 'no' || name === 'yes' || name === 'srgb' || name === 'adobergb' || name === 'rommrgb') return name;
  throw refused('iccprofile', 'must be no, yes, srgb, adobergb or rommrgb');
}

/** Parses the quality of lossy compression: 8.3.5.1.2. */
export function parseQuality(text: string, name: string): number {
  const quality = Number(text);
  if (!/^\d{1,3}$/.test(text) || quality < 1 || quality > 100)
    throw refused(name, 'must be a whole number from 1 to 100');
  return quality;
}

/** Parses a decimal number in the form of DS. @throws HttpProblem 400 */
export function decimal(text: string, name: string): number {
  const number = Number(text);
  if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text) || !Number.isFinite(number)) {
    throw refused(name, 'contains something that is not a decimal number');
  }
  return number;
}

/**
 * Makes the error for an invalid parameter. @param rule continues the sentence that the parameter's name begins; never
 * contains the value
 */
export function refused(name: string, rule: string): HttpProblem {
  return new HttpProblem('bad-request', `The parameter ${name} ${rule}.`);
}
