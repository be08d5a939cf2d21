import { COPY_TRANSFER_SYNTAX, hasFrameCopy } from '../../archive/images/frame-copies';
import { conversionsOf, hasFrames, isNative } from '../../archive/images/transcode';
import { frameCount } from '../../archive/retrieve/frames';
import type { InstanceRow } from '../../archive/rows';
import { EXPLICIT_LITTLE_ENDIAN } from '../../dicom/dictionary/transfer-syntaxes';
import type { AcceptRange } from '../../http/accept';
import type { ImageFormat } from '../../imaging/frame';
import { notAcceptable } from './chosen-offer';
import { negotiate, OCTETS, type Offer } from './negotiate';
import {
  BULK_DATA_OFFER,
  bulkDataOffers,
  compressedValueOffers,
  dicomOffers,
  frameOffers,
  ZIP,
  zipOffer,
} from './offers';

/*
 * Decides what a retrieve request is answered with (PS3.18 8.7.5, 10.4). Everything here is pure: a handler asks for a plan
 * and `respondAsPlanned` carries it out.
 */

/** What a client asks for, of one instance. */
export interface Resource {
  /**
   * - `file`: the Part 10 file.
   * - `frames`: one or more frames.
   * - `compressed pixels`: the value of Pixel Data in a compressed transfer syntax.
   * - `value`: any other bulk data value.
   */
  readonly kind: 'file' | 'frames' | 'compressed pixels' | 'value';
  readonly row: InstanceRow;
  /** Whether the body may hold the resource without a multipart envelope. */
  readonly single: boolean;
  /** The media type of a `value` that is an encapsulated document. */
  readonly documentType?: string | undefined;
}

/**
 * What is known about the pixels of an instance.
 *
 * - `unread`: the attributes have not been read, so every conversion that an image could have is offered.
 * - a format: the attributes describe the pixels so; undefined: the attributes describe no pixels.
 * - `not convertible`: a conversion has failed.
 */
export type Known = 'unread' | 'not convertible' | { readonly format: ImageFormat | undefined };

/** How a resource is answered. */
export type Plan =
  | {
      /** stored: the bytes that the archive has. copy: the compressed copy of the frame. converted: made for this answer. */
      readonly how: 'stored' | 'copy' | 'converted';
      readonly offer: Offer;
    }
  | {
      /** The answer is 406. */
      readonly how: 'not acceptable';
      readonly offers: readonly Offer[];
    };

/**
 * Plans the answer for one resource. A plan that is made from `unread` says `converted` when a conversion is possible for
 * some image; whether it is possible for this one is known only from its attributes.
 * @param ranges as requestedTypes returns them: equal lists are one object, for which plans are kept
 */
export function planRepresentation(resource: Resource, ranges: readonly AcceptRange[], known: Known = 'unread'): Plan {
  if (known !== 'unread' || (resource.kind !== 'file' && resource.kind !== 'frames')) {
    return plan(resource, ranges, known);
  }
  // A viewer sends the same Accept for thousands of frames, so these plans are made once for each list.
  const plans = PLANS.get(ranges) ?? new Map<string, Plan>();
  const { row, kind, single } = resource;
  const pixels = `${row.layout.pixels?.kind} ${hasFrames(row)} ${hasFrameCopy(row)} ${isSeldomDecoded(row)}`;
  const key = `${kind} ${single} ${row.transferSyntaxUID} ${pixels}`;
  let kept = plans.get(key);
  if (kept === undefined) {
    kept = plan(resource, ranges, known);
    if (plans.size >= MOST_PLANS) plans.clear();
    PLANS.set(ranges, plans.set(key, kept));
  }
  return kept;
}

const PLANS = new WeakMap<readonly AcceptRange[], Map<string, Plan>>();
const MOST_PLANS = 100;

function plan(resource: Resource, ranges: readonly AcceptRange[], known: Known): Plan {
  const offers = offersOf(resource, known);
  const offer = negotiate(ranges, offers);
  if (offer === undefined) return { how: 'not acceptable', offers };
  return { how: howOf(resource, offer), offer };
}

/** @returns the offer of a plan. @throws HttpProblem 406 that names what the client can ask for */
export function offerOf(planned: Plan): Offer {
  if (planned.how === 'not acceptable') throw notAcceptable(planned.offers);
  return planned.offer;
}

/** The transfer syntaxes that an instance can be converted to. */
function conversionsWhen(known: Known, row: InstanceRow): readonly string[] {
  if (known === 'not convertible') return [];
  if (known === 'unread' || row.layout.pixels === undefined) return conversionsOf(row);
  if (known.format !== undefined) return conversionsOf(row, known.format);
  // Native pixels stay as they are in another native syntax, so nothing has to be known about them.
  return isNative(row.transferSyntaxUID) ? conversionsOf(row).filter((uid) => uid === EXPLICIT_LITTLE_ENDIAN) : [];
}

/** The representations of a resource, as far as is known. */
export function offersOf({ kind, row, single, documentType }: Resource, known: Known): readonly Offer[] {
  const { transferSyntaxUID } = row;
  const conversions = conversionsWhen(known, row);
  if (kind === 'file') return dicomOffers(transferSyntaxUID, single, conversions);
  if (kind === 'frames') {
    const copy = hasFrameCopy(row) ? COPY_TRANSFER_SYNTAX : undefined;
    return frameOffers(transferSyntaxUID, single, conversions, { copy, seldomDecoded: isSeldomDecoded(row) });
  }
  const offers =
    kind === 'value'
      ? bulkDataOffers(documentType)
      : compressedValueOffers(
          transferSyntaxUID,
          single && frameCount(row) === 1,
          conversions.includes(EXPLICIT_LITTLE_ENDIAN),
        );
  return single ? offers : offers.filter(({ multipart }) => multipart);
}

/** Doses have 32 bits, and viewers such as OHIF decode RLE of 8 and 16 bits alone. PS3.18 8.7.5 leaves the choice to the server. */
function isSeldomDecoded({ transferSyntaxUID, sopClassUID }: InstanceRow): boolean {
  return transferSyntaxUID === RLE_LOSSLESS && sopClassUID === RT_DOSE;
}

const RLE_LOSSLESS = '1.2.840.10008.1.2.5';
const RT_DOSE = '1.2.840.10008.5.1.4.1.1.481.2';

function howOf({ kind, row }: Resource, { transferSyntaxUID }: Offer): 'stored' | 'copy' | 'converted' {
  if (transferSyntaxUID === undefined || transferSyntaxUID === row.transferSyntaxUID) return 'stored';
  if (kind === 'file') return 'converted';
  if (kind === 'frames' && transferSyntaxUID === COPY_TRANSFER_SYNTAX && hasFrameCopy(row)) return 'copy';
  // Frames of native pixel data are the octets that Explicit VR Little Endian has. The length of a fragment of
  // uncompressed pixels can be wrong, so it is compared with the attributes.
  const native = row.layout.pixels?.kind === 'native';
  return native && transferSyntaxUID === EXPLICIT_LITTLE_ENDIAN ? 'stored' : 'converted';
}

/** What the answer to a request for a study, a series or an instance holds. */
export type Form =
  | { readonly how: 'files' | 'zip' | 'bulk data' }
  | { readonly how: 'not acceptable'; readonly offers: readonly Offer[] };

/** The forms of instances. @param first of them; @param single there is one */
export function formOffers(first: InstanceRow, single: boolean, known: Known): readonly Offer[] {
  const { transferSyntaxUID } = first;
  const files = dicomOffers(transferSyntaxUID, single, conversionsWhen(known, first));
  const bulkData = single && (first.layout.bulk ?? []).length === 0 ? [] : [BULK_DATA_OFFER];
  return [...files, zipOffer(transferSyntaxUID), ...bulkData];
}

/**
 * Chooses between Part 10 files, one ZIP archive and bulk data.
 * @param first of the instances: its transfer syntaxes stand for those of the others
 * @param single the resource is one instance
 */
export function planForm(first: InstanceRow, single: boolean, ranges: readonly AcceptRange[]): Form {
  const offers = formOffers(first, single, 'unread');
  // Where there is no bulk data, the answer is 404.
  const mediaType = negotiate(ranges, [...offers, BULK_DATA_OFFER])?.mediaType;
  if (mediaType === undefined) return { how: 'not acceptable', offers };
  if (mediaType === ZIP) return { how: 'zip' };
  return { how: mediaType === OCTETS ? 'bulk data' : 'files' };
}
