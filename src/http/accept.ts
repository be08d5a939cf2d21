import { type MediaType, parseMediaType, splitOutsideQuotes } from './media-type';
import { queryParameters } from './query-parameters';

/** One member of an Accept list. */
export interface AcceptRange {
  /**
   * Media type of the body or, for a multipart body, of its parts: `type/subtype`, `type/*`, or any type. In lower
   * case.
   */
  readonly type: string;
  /** Whether the body is to be multipart; undefined when both forms are acceptable. */
  readonly multipart: boolean | undefined;
  /**
   * In the client's order; `*` stands for any transfer syntax. Empty when the client names none; PS3.18 8.7.3 defines
   * what that means for each type.
   */
  readonly transferSyntaxUIDs: readonly string[];
  /** The weight (RFC 9110 12.4.2), from 0 (not acceptable) to 1. */
  readonly quality: number;
}

const ANY_TYPE: readonly AcceptRange[] = [{ type: '*/*', multipart: undefined, transferSyntaxUIDs: [], quality: 1 }];

/**
 * Reads a list of media ranges (RFC 9110 12.5.1), sorted by quality; ranges of equal quality stay in the client's
 * order. Members that are not media ranges are ignored.
 */
export function parseAccept(header: string): AcceptRange[] {
  return splitOutsideQuotes(header, ',')
    .map((member) => parseMediaType(member))
    .filter((member) => member !== undefined)
    .map(rangeOf)
    .sort((one, other) => other.quality - one.quality);
}

/**
 * Reads what the client of a request accepts. The `accept` query parameter replaces the header (PS3.18 8.3.3.1).
 * Without either, every type is acceptable (RFC 9110 12.5.1).
 */
export function requestedTypes(request: Request): readonly AcceptRange[] {
  const { url } = request;
  const parameter = MAY_NAME_ACCEPT.test(url) ? acceptParameter(url) : '';
  const list = [parameter, request.headers.get('Accept') ?? ''].find((text) => /[^\s,]/.test(text));
  return list === undefined ? ANY_TYPE : acceptOf(list);
}

/** A query with a parameter whose name is `accept`, or is encoded and may be. Most queries have none. */
const MAY_NAME_ACCEPT = /[?&](?:accept|[^=&?]*%)/i;

function acceptParameter(url: string): string {
  return queryParameters(url)
    .filter(([name]) => name === 'accept')
    .map(([, value]) => withPlus(value))
    .join(',');
}

/**
 * A viewer sends the same list with each of its requests, so the most recently read lists are cached if they are short.
 */
function acceptOf(list: string): readonly AcceptRange[] {
  const known = KNOWN.get(list);
  if (known !== undefined) return known;
  const ranges = parseAccept(list);
  if (list.length > LONGEST_KNOWN) return ranges;
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear();
  KNOWN.set(list, ranges);
  return ranges;
}

const KNOWN = new Map<string, readonly AcceptRange[]>();
const LONGEST_KNOWN = 1000;
const MOST_KNOWN = 50;

function rangeOf(member: MediaType): AcceptRange {
  const multipart = member.type === 'multipart/related' || member.type === 'multipart/*';
  const type = multipart ? (member.parameter('type') ?? '*/*').trim().toLowerCase() : member.type;
  return {
    type,
    multipart: type === '*/*' && !multipart ? undefined : multipart,
    transferSyntaxUIDs: member.parameters
      .filter(([name]) => name === 'transfer-syntax')
      .map(([, value]) => value.trim()),
    quality: qualityOf(member.parameter('q')),
  };
}

/** An invalid weight counts as absent. */
function qualityOf(text: string | undefined): number {
  const quality = text === undefined || text === '' ? 1 : Number(text);
  return Number.isNaN(quality) ? 1 : Math.min(Math.max(quality, 0), 1);
}

/**
 * In a query, a plus sign stands for a space. A space inside a subtype was a plus sign that the client did not encode,
 * as in dicom+json.
 */
function withPlus(value: string): string {
  return value.replace(/(\/[\w.-]+) (?=[\w.-]+\s*(?:["';,]|$))/g, '$1+');
}
