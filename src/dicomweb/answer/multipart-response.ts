import type { AppContext } from '../context';
import { tagWithBase } from './entity-tag';
import { type BodyPart, type KnownPart, multipartInTurn, multipartPieces, multipartType } from './multipart-writer';
import { type MadeBody, respond } from './respond';

/**
 * The parts, or a function that makes them when the client has no current copy: all at once, or one after the other.
 */
export type Parts = readonly KnownPart[] | (() => Promise<MadeParts>);

/** Parts that were made for one answer. */
export interface MadeParts {
  readonly parts: PartsMade;
  /** Media type of the first part, where that is known only now. */
  readonly type?: string;
  release?(): void;
}

/** Parts with known lengths, or parts that become known one after the other. */
export type PartsMade = readonly KnownPart[] | AsyncIterable<BodyPart>;

/** The properties of a multipart body that its HTTP headers need. */
export interface MultipartHead {
  /**
   * The boundary is made from versions, which are unknown before the bytes are stored. So no file can contain it, and the
   * same parts always give the same body.
   */
  readonly boundary: string;
  /** Names the parts without their locations: see tagWithBase. */
  readonly etag: string;
  /** Media type of the first part (RFC 2387 3.1). */
  readonly type: string;
  /**
   * A Range header is ignored, as of a value at its BulkDataURI: clients mean bytes of the value, and find no part in a piece of the
   * multipart body.
   */
  readonly whole?: true;
}

/** Answers with multipart/related: PS3.18 8.7.1. */
export async function respondMultipart(c: AppContext, head: MultipartHead, parts: Parts): Promise<Response> {
  const { boundary, type, whole } = head;
  const etag = await tagWithBase(c, head.etag);
  const pieces =
    typeof parts === 'function' ? async () => await bodyOf(boundary, parts) : multipartPieces(parts, boundary);
  return await respond(c, { contentType: multipartType(type, boundary), etag, pieces, ...(whole && { whole }) });
}

async function bodyOf(boundary: string, make: Exclude<Parts, readonly KnownPart[]>): Promise<MadeBody> {
  const { parts, type, ...body } = await make();
  const pieces = isList(parts) ? multipartPieces(parts, boundary) : multipartInTurn(parts, boundary);
  return { ...body, pieces, ...(type !== undefined && { contentType: multipartType(type, boundary) }) };
}

function isList(parts: PartsMade): parts is readonly KnownPart[] {
  return Array.isArray(parts);
}
