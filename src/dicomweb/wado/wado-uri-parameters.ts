import type { InstanceIdentity } from '../../archive/identities';
import type { DeidentifyOptions } from '../../dicom/deidentify/deidentify-options';
import { readDeidentifyOptions } from '../../dicom/deidentify/read-options';
import { isUsableUID } from '../../dicom/instance/identity';
import { isUID } from '../../dicom/values/value-checks';
import { type AcceptRange, parseAccept } from '../../http/accept';
import type { RenderSettings, Window } from '../../imaging/render/settings';
import {
  checkedWindow,
  decimal,
  isUTF8,
  LARGEST_PICTURE,
  parseAnnotation,
  parseQuality,
  refused,
} from '../rendered/rendered-parameters';

/** The parameters of a request by URI: PS3.18 9.1.2. */
export interface URIParameters {
  readonly object: InstanceIdentity;
  /** The media types that the client names, those first that it prefers. Empty: the default for the kind of object. */
  readonly contentTypes: readonly AcceptRange[];
  /** The transfer syntax of application/dicom: a UID, or `*` for the stored one. */
  readonly transferSyntaxUID?: string;
  /** The options with which the file is de-identified; absent: it is not. */
  readonly anonymize?: DeidentifyOptions;
  readonly settings: RenderSettings;
  readonly quality?: number;
  readonly frameNumber?: number;
  /** A presentation state to apply to the picture; it belongs to the same study. */
  readonly presentation?: InstanceIdentity;
}

/** Names of the parameters in the standard's spelling. */
export const URI_PARAMETERS = {
  required: ['requestType', 'studyUID', 'seriesUID', 'objectUID'],
  // Clients send a quality with any content type.
  ofAny: ['contentType', 'charset', 'imageQuality'],
  ofDICOM: ['anonymize', 'deidentify', 'transferSyntax'],
  ofPictures: [
    'annotation',
    'rows',
    'columns',
    'region',
    'windowCenter',
    'windowWidth',
    'frameNumber',
    'presentationSeriesUID',
    'presentationUID',
  ],
} as const;

const DICOM = 'application/dicom';

/**
 * Reads the query of a request by URI. Names are not case-sensitive. Empty and unknown parameters are ignored
 * (9.1.2.3).
 * @param url absolute
 * @throws HttpProblem 400 that names the parameter and the rule
 */
export function parseURIParameters(url: string): URIParameters {
  const query = queryOf(url);
  if (query.get('requestType')?.toUpperCase() !== 'WADO') throw refused('requestType', 'must be WADO');
  const [studyInstanceUID, seriesInstanceUID, sopInstanceUID] = ['studyUID', 'seriesUID', 'objectUID'].map((name) => {
    const value = query.get(name);
    if (value === undefined) throw refused(name, 'is required');
    return checkedUID(value, name);
  }) as [string, string, string];
  const contentTypes = contentTypesOf(query.get('contentType') ?? '');
  const wanted = contentTypes.filter(({ quality }) => quality > 0);
  checkCombinations(
    query,
    wanted.map(({ type }) => type),
  );
  const charset = query.get('charset');
  if (charset !== undefined && !isUTF8(charset))
    throw refused('charset', 'must be utf-8, the character set of all text here');
  const transferSyntaxUID = query.get('transferSyntax');
  const quality = query.get('imageQuality');
  const frameNumber = query.get('frameNumber');
  return {
    object: { studyInstanceUID, seriesInstanceUID, sopInstanceUID },
    contentTypes,
    ...(query.has('anonymize') && { anonymize: deidentifyOptionsOf(query.get('deidentify')) }),
    settings: settingsOf(query),
    ...(transferSyntaxUID === undefined
      ? {}
      : { transferSyntaxUID: transferSyntaxUID === '*' ? '*' : checkedSyntax(transferSyntaxUID) }),
    ...(quality === undefined ? {} : { quality: parseQuality(quality, 'imageQuality') }),
    ...(frameNumber === undefined ? {} : { frameNumber: count(frameNumber, 'frameNumber', 1e9) }),
    ...presentationOf(query, studyInstanceUID),
  };
}

/** Reads a list of media ranges with weights (PS3.18 8.3.3.1). A text that names none is a type in which nothing is available. */
function contentTypesOf(list: string): readonly AcceptRange[] {
  const ranges = parseAccept(list).map(({ type, multipart, quality }) =>
    rangeOf(type, [], quality, multipart === true),
  );
  return ranges.length > 0 || list === '' ? ranges : [rangeOf(list)];
}

/** What a client accepts, by itself unless `multipart`. */
export function rangeOf(
  type: string,
  transferSyntaxUIDs: readonly string[] = [],
  quality = 1,
  multipart = false,
): AcceptRange {
  return { type, multipart, transferSyntaxUIDs, quality };
}

function queryOf(url: string): Map<string, string> {
  const spelled = new Map(
    Object.values(URI_PARAMETERS).flatMap((names) => names.map((name) => [name.toLowerCase(), name])),
  );
  // Editions of the standard spell this parameter in both ways.
  spelled.set('imageannotation', 'annotation');
  const found = new Map<string, string>();
  for (const [given, value] of new URL(url).searchParams) {
    const name = spelled.get(given.toLowerCase());
    if (name === undefined || value.trim() === '') continue;
    if (found.has(name)) throw refused(name, 'may be given once');
    found.set(name, value.trim());
  }
  return found;
}

/** Refuses combinations that PS3.18 9.1.2.2 does not allow. */
function checkCombinations(query: ReadonlyMap<string, string>, contentTypes: readonly string[]): void {
  const picture = URI_PARAMETERS.ofPictures.find((name) => query.has(name));
  if (picture !== undefined && contentTypes.length > 0 && contentTypes.every((type) => type === DICOM)) {
    throw refused(picture, 'must not be used with contentType=application/dicom');
  }
  const file = URI_PARAMETERS.ofDICOM.find((name) => query.has(name));
  if (
    file !== undefined &&
    !contentTypes.some((type) => type === DICOM || type === '*/*' || type === 'application/*')
  ) {
    throw refused(file, 'must only be used with contentType=application/dicom');
  }
  if (query.has('anonymize') && query.get('anonymize')?.toLowerCase() !== 'yes')
    throw refused('anonymize', 'must be yes');
  if (query.has('deidentify') && !query.has('anonymize')) throw refused('deidentify', 'needs anonymize=yes');
  for (const [one, other] of [
    ['windowCenter', 'windowWidth'],
    ['presentationUID', 'presentationSeriesUID'],
  ] as const) {
    if (query.has(one) !== query.has(other)) throw refused(one, `and ${other} must be given together`);
  }
  if (query.has('presentationUID') && query.has('windowCenter')) {
    throw refused('windowCenter', 'must not be used with a presentation state, which has its own');
  }
}

/**
 * The parameter `deidentify`, which is of this archive: names of options after commas, and of `retainDates` its value after a
 * colon, such as `retainDates:modified,retainDeviceIdentity`. Absent: the Basic Profile.
 */
function deidentifyOptionsOf(text: string | undefined): DeidentifyOptions {
  const named = (text ?? '').split(',').map((each) => each.trim().split(':'));
  const given = named.filter(([name]) => name !== '').map(([name, value]) => [name, value ?? true]);
  const options = readDeidentifyOptions(Object.fromEntries(given));
  if (options === undefined || given.length !== new Set(given.map(([name]) => name)).size) {
    throw refused('deidentify', 'must be a list of options: docs/deidentification.md');
  }
  return options;
}

function settingsOf(query: ReadonlyMap<string, string>): RenderSettings {
  const [annotation, rows, columns, region] = ['annotation', 'rows', 'columns', 'region'].map((name) =>
    query.get(name),
  );
  const window = windowOf(query);
  return {
    ...(annotation === undefined ? {} : { annotation: parseAnnotation(annotation) }),
    ...(rows === undefined ? {} : { rows: count(rows, 'rows', LARGEST_PICTURE) }),
    ...(columns === undefined ? {} : { columns: count(columns, 'columns', LARGEST_PICTURE) }),
    ...(region === undefined ? {} : { region: parseRegion(region) }),
    ...(window === undefined ? {} : { window }),
  };
}

function windowOf(query: ReadonlyMap<string, string>): Window | undefined {
  const center = query.get('windowCenter');
  const width = query.get('windowWidth');
  if (center === undefined || width === undefined) return undefined;
  const window = {
    center: decimal(center, 'windowCenter'),
    width: decimal(width, 'windowWidth'),
    function: 'linear',
  } as const;
  return checkedWindow(window, 'windowWidth');
}

/** Parses xmin,ymin,xmax,ymax as fractions of the image. */
function parseRegion(text: string): NonNullable<RenderSettings['region']> {
  const numbers = text.split(',').map((field) => decimal(field.trim(), 'region'));
  const [left = 0, top = 0, right = 0, bottom = 0] = numbers;
  const ordered = left < right && top < bottom;
  if (numbers.length !== 4 || !ordered || numbers.some((number) => number < 0 || number > 1)) {
    throw refused('region', 'must be left, top, right and bottom, from 0.0 to 1.0');
  }
  return { left, top, right, bottom };
}

function presentationOf(
  query: ReadonlyMap<string, string>,
  studyInstanceUID: string,
): Pick<URIParameters, 'presentation'> {
  const sopInstanceUID = query.get('presentationUID');
  const seriesInstanceUID = query.get('presentationSeriesUID');
  if (sopInstanceUID === undefined || seriesInstanceUID === undefined) return {};
  return {
    presentation: {
      studyInstanceUID,
      seriesInstanceUID: checkedUID(seriesInstanceUID, 'presentationSeriesUID'),
      sopInstanceUID: checkedUID(sopInstanceUID, 'presentationUID'),
    },
  };
}

function checkedSyntax(value: string): string {
  if (!isUID(value)) throw refused('transferSyntax', 'must be a unique identifier');
  return value;
}

/** Accepts every UID under which an instance can be stored, even if it is not valid by PS3.5 9.1. */
function checkedUID(value: string, name: string): string {
  if (!isUsableUID(value)) throw refused(name, 'must be a unique identifier');
  return value;
}

function count(text: string, name: string, most: number): number {
  const number = Number(text);
  if (!/^\d{1,10}$/.test(text) || number < 1 || number > most)
    throw refused(name, `must be a whole number from 1 to ${most}`);
  return number;
}
