import { bytesPiece, type Piece, slice } from '../../archive/body/pieces';
import { PICTURE_TYPES } from '../../archive/images/rendered-image';
import { isNative } from '../../archive/images/transcode';
import type { Archive } from '../../archive/ports';
import { frameCount, framePieces } from '../../archive/retrieve/frames';
import { type InstanceData, pieceOfURI } from '../../archive/retrieve/instance-data';
import type { InstanceRow } from '../../archive/rows';
import { mediaTypeOf, TRANSFER_SYNTAXES } from '../../dicom/dictionary/transfer-syntaxes';
import {
  DOCUMENT_TYPES,
  type EncapsulatedDocument,
  encapsulatedDocument,
} from '../../dicom/reports/encapsulated-document';
import { decodeBase64 } from '../../dicom/values/base64';
import { decoderOf } from '../../imaging/codecs';
import type { Offer } from '../answer/negotiate';

/** The kinds of instances that can be rendered: PS3.18 8.7.4. */
export type Renderable =
  | { readonly kind: 'image' }
  | { readonly kind: 'video'; readonly mediaType: string }
  | { readonly kind: 'report' }
  | { readonly kind: 'document'; readonly document: EncapsulatedDocument; readonly mediaType: string }
  | { readonly kind: 'nothing' };

/** Media types in which a report is rendered, in order of preference. */
export const REPORT_TYPES = ['text/html', 'text/plain'] as const;

/** Determines the kind of an instance for rendering. */
export function renderableOf(row: InstanceRow, { dataSet, format }: InstanceData): Renderable {
  const { transferSyntaxUID, layout } = row;
  if (layout.pixels !== undefined) {
    const mediaType = mediaTypeOf(transferSyntaxUID);
    if (mediaType.startsWith('video/')) return { kind: 'video', mediaType };
    const decodable = isNative(transferSyntaxUID) || decoderOf(transferSyntaxUID) !== undefined;
    return decodable && format !== undefined && frameCount(row) > 0 ? { kind: 'image' } : { kind: 'nothing' };
  }
  const document = encapsulatedDocument(dataSet);
  if (document !== undefined) return { kind: 'document', document, mediaType: shownType(document) };
  // The root of a content tree: PS3.3 C.17.3.
  return dataSet['0040A730'] !== undefined || dataSet['0040A040'] !== undefined
    ? { kind: 'report' }
    : { kind: 'nothing' };
}

/**
 * An instance can name any type of document, including types that a browser would run as a page of the archive's
 * origin. Such a type is not used.
 */
function shownType({ mediaType }: EncapsulatedDocument): string {
  return DOCUMENT_TYPES.includes(mediaType) ? mediaType : 'application/octet-stream';
}

/** The media types that a renderable is available in, in order of preference, each alone and as a part. */
export function renderedOffers(renderable: Renderable): readonly Offer[] {
  return inForms(typesOf(renderable));
}

/** Media types in which an image is rendered, each alone and as a part. */
export const PICTURE_OFFERS = inForms(PICTURE_TYPES);
/** Media types of a thumbnail, which is always a single picture. */
export const THUMBNAIL_OFFERS = PICTURE_OFFERS.filter(({ multipart }) => !multipart);

/** All media types of rendered resources. */
export const RENDERED_OFFERS = inForms([
  ...PICTURE_TYPES,
  ...REPORT_TYPES,
  ...DOCUMENT_TYPES,
  ...new Set(TRANSFER_SYNTAXES.map(({ mediaType }) => mediaType).filter((type) => type.startsWith('video/'))),
]);

/**
 * The kinds that an instance may be, as far as its row shows, each with the media types that it could be rendered in.
 */
export function possibleRenderings({ transferSyntaxUID, layout }: InstanceRow): readonly PossibleRendering[] {
  if (layout.pixels === undefined) return WITHOUT_PIXELS;
  const mediaType = mediaTypeOf(transferSyntaxUID);
  return [
    mediaType.startsWith('video/')
      ? { kind: 'video', offers: inForms([mediaType]) }
      : { kind: 'image', offers: PICTURE_OFFERS },
  ];
}

/** One kind that an instance may be, with the media types that it would be rendered in. */
export interface PossibleRendering {
  readonly kind: Renderable['kind'];
  readonly offers: readonly Offer[];
}

const WITHOUT_PIXELS: readonly PossibleRendering[] = [
  { kind: 'report', offers: inForms(REPORT_TYPES) },
  ...[...DOCUMENT_TYPES, 'application/octet-stream'].map((type) => ({
    kind: 'document' as const,
    offers: inForms([type]),
  })),
];

function inForms(types: readonly string[]): readonly Offer[] {
  return [false, true].flatMap((multipart) => types.map((mediaType) => ({ mediaType, multipart })));
}

function typesOf(renderable: Renderable): readonly string[] {
  switch (renderable.kind) {
    case 'image':
      return PICTURE_TYPES;
    case 'report':
      return REPORT_TYPES;
    case 'video':
    case 'document':
      return [renderable.mediaType];
    case 'nothing':
      return [];
  }
}

/** The bytes of a document, without padding. */
export function documentPieces(row: InstanceRow, { attribute, length }: EncapsulatedDocument): readonly Piece[] {
  const { InlineBinary, BulkDataURI } = attribute;
  const inline = InlineBinary === undefined ? undefined : decodeBase64(InlineBinary);
  const whole =
    inline !== undefined ? bytesPiece(inline) : BulkDataURI === undefined ? undefined : pieceOfURI(row, BulkDataURI);
  if (whole === undefined) return [];
  return length === undefined || length >= whole.length ? [whole] : slice([whole], 0, length);
}

/** The stream of a video, with all its fragments: PS3.5 8.2.5 and following. */
export async function videoPieces(archive: Archive, row: InstanceRow): Promise<readonly Piece[]> {
  return await framePieces(archive, row, [1]);
}
