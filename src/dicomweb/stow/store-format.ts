import { type MediaType, parseMediaType } from '../../http/media-type';
import { HttpProblem } from '../../http/problem';
import type { Offer } from '../answer/negotiate';

/** The form in which instances arrive: whole files, or metadata with bulk data beside it (PS3.18 10.5.1.4). */
export type Representation = 'part10' | 'json' | 'xml';

/** The structure of the body of a Store request. */
export interface StoreFormat {
  /** The form of the body, or of the root part of a multipart body; undefined when each part names its own form. */
  readonly root: Representation | undefined;
  /** undefined when the body is a single representation without multipart. */
  readonly boundary: string | undefined;
}

const REPRESENTATIONS: Readonly<Record<string, Representation>> = {
  'application/dicom': 'part10',
  'application/dicom+json': 'json',
  'application/json': 'json',
  'application/dicom+xml': 'xml',
  'application/xml': 'xml',
  'text/xml': 'xml',
};

/** @param type a media type in lower case */
export function representationOf(type: string): Representation | undefined {
  return Object.hasOwn(REPRESENTATIONS, type) ? REPRESENTATIONS[type] : undefined;
}

const SUPPORTED =
  'The body must be application/dicom, application/dicom+json or application/dicom+xml, or multipart/related of one of them.';

/**
 * Reads Content-Type (PS3.18 10.5.4, RFC 2387).
 * @throws HttpProblem 415, or 400 for a multipart type without a boundary
 */
export function storeFormat(headers: Headers): StoreFormat {
  const encoding = headers.get('Content-Encoding')?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') {
    throw new HttpProblem('unsupported-media-type', 'The body must have no content coding.', {
      'Accept-Encoding': 'identity',
    });
  }
  const mediaType = parseMediaType(headers.get('Content-Type') ?? '');
  if (mediaType === undefined) throw new HttpProblem('unsupported-media-type', SUPPORTED);
  if (mediaType.type === 'multipart/related') return multipartFormat(mediaType);
  const root = SINGLE_TYPES.has(mediaType.type) ? representationOf(mediaType.type) : undefined;
  if (root === undefined) throw new HttpProblem('unsupported-media-type', SUPPORTED);
  return { root, boundary: undefined };
}

/** The types that are accepted without multipart: their names say that they are DICOM. */
const SINGLE_TYPES = new Set(['application/dicom', 'application/dicom+json', 'application/dicom+xml']);

/**
 * The media types of a Store request: the body has one of them, or it is multipart and its first part has one of them
 * (PS3.18 10.5.4).
 */
export const STORE_BODIES: readonly Offer[] = [
  ...Object.keys(REPRESENTATIONS).map((mediaType) => ({ mediaType, multipart: true })),
  ...[...SINGLE_TYPES].map((mediaType) => ({ mediaType, multipart: false })),
];

function multipartFormat(mediaType: MediaType): StoreFormat {
  const type = mediaType.parameter('type')?.trim().toLowerCase() ?? '';
  const root = type === '' ? undefined : representationOf(parseMediaType(type)?.type ?? '');
  if (type !== '' && root === undefined) throw new HttpProblem('unsupported-media-type', SUPPORTED);
  const boundary = mediaType.parameter('boundary');
  if (boundary === undefined || boundary === '') {
    throw new HttpProblem('bad-request', 'Content-Type has no boundary.');
  }
  return { root, boundary };
}
