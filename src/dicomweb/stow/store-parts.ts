import type { IncomingBulk } from '../../archive/store/from-metadata/bulk-of-metadata';
import type { MetadataInstances } from '../../archive/store/from-metadata/metadata-instances';
import type { StoreTransaction } from '../../archive/store/store';
import { type MediaType, parseMediaType } from '../../http/media-type';
import { MultipartError, type MultipartReader, type Part } from '../../http/multipart-reader';
import { HttpProblem } from '../../http/problem';
import { type BodyEnd, BodyError } from './request-source';
import { type Representation, representationOf } from './store-format';

/** The functions that receive the parts of a request. */
export interface PartTakers {
  readonly transaction: StoreTransaction;
  readonly metadata: MetadataInstances;
}

/**
 * Receives every part of a multipart body (PS3.18 10.5.1.4). A part that cannot be understood is reported as a failure
 * among the results, and the parts after it are still read. If the body ends before its closing delimiter, is too
 * long or arrives too slowly, reading stops there and the complete parts before are kept.
 * @param root the form that the request declares for its parts
 * @throws HttpProblem 400 when there is no part at all
 */
export async function receiveParts(
  reader: MultipartReader,
  root: Representation | undefined,
  takers: PartTakers,
  maxParts: number,
): Promise<BodyEnd> {
  const { transaction } = takers;
  let parts = 0;
  let end: BodyEnd = 'whole';
  try {
    const place = new PartPlace(takers, root);
    for (let part = await nextPart(reader); part !== null; part = await nextPart(reader)) {
      parts += 1;
      if (parts > maxParts) {
        transaction.refuse('too-large');
        return 'too-large';
      }
      if (part instanceof MultipartError) {
        end = 'broken';
        transaction.refuse('malformed');
      } else await place.take(part);
    }
  } catch (error) {
    if (!(error instanceof MultipartError || error instanceof BodyError)) throw error;
    end = error instanceof BodyError ? error.code : 'broken';
    if (parts === 0) throw noParts(end, error.code);
    transaction.refuse(end === 'too-large' ? 'too-large' : 'cut-short', transaction.interrupted);
    return end;
  }
  if (parts === 0) throw new HttpProblem('bad-request', 'The request body has no part.');
  return end;
}

function noParts(end: BodyEnd, code: string): HttpProblem {
  if (end === 'too-large') return new HttpProblem('too-large', 'The body is longer than a request may be.');
  if (end === 'too-slow') return new HttpProblem('timeout', 'The body arrives too slowly while other requests wait.');
  return new HttpProblem('bad-request', `The body is not multipart/related: ${code}.`);
}

/** @returns the error instead of a part when the header of the part cannot be read */
async function nextPart(reader: MultipartReader): Promise<Part | MultipartError | null> {
  try {
    return await reader.next();
  } catch (error) {
    if (error instanceof MultipartError && error.ofOnePart) return error;
    throw error;
  }
}

/** Decides by the header of a part whether it is a file, metadata or bulk data, and gives it to the right taker. */
class PartPlace {
  private first = true;

  constructor(
    private readonly takers: PartTakers,
    private root: Representation | undefined,
  ) {}

  async take(part: Part): Promise<void> {
    const { transaction, metadata } = this.takers;
    const type = parseMediaType(part.headers.get('content-type') ?? '');
    const representation = this.representation(part, type?.type);
    this.first = false;
    if (representation === 'part10') await transaction.add(part);
    else if (representation === 'bulk') await metadata.addBulk(incomingBulk(part, type));
    else if (representation === undefined) transaction.refuse('not-part10');
    else await metadata.add(part, representation);
  }

  private representation(part: Part, type: string | undefined): Representation | 'bulk' | undefined {
    const named = type === undefined ? undefined : representationOf(type);
    this.root ??= named ?? 'part10';
    if (this.root === 'part10') {
      return named === 'part10' || type === undefined || type === 'application/octet-stream' ? 'part10' : undefined;
    }
    if (type === undefined) return this.first ? this.root : 'bulk';
    // An encapsulated document may be XML or JSON as well. Then it has a location (PS3.3 C.24.2, CDA).
    const plain = type !== `application/dicom+${named}` && named !== 'part10';
    return named === undefined || (plain && part.headers.has('content-location')) ? 'bulk' : named;
  }
}

function incomingBulk(part: Part, type: MediaType | undefined): IncomingBulk {
  return {
    read: () => part.read(),
    mediaType: type?.type,
    transferSyntaxUID: type?.parameter('transfer-syntax')?.trim(),
    location: part.headers.get('content-location'),
    id: part.headers.get('content-id'),
  };
}
