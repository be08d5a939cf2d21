import { parseMediaType } from './media-type';

/** One member of an Accept list. */
export interface AcceptRange {
  /** Of the representation: a multipart member's own `type` parameter. May have wildcards. */
  readonly mediaType: string;
  /** true: multipart/related; false: a single part; undefined: either. */
  readonly multipart: boolean | undefined;
  /** The transfer-syntax parameters, in order; `*` for any; empty when none is named. */
  readonly transferSyntaxes: readonly string[];
  /** 0 to 1. */
  readonly quality: number;
}

/**
 * What a request accepts: the `accept` query parameter before the header (PS3.18 8.3.3.1); all when neither is there.
 */
export function requestedTypes(request: Request): AcceptRange[] {
  const parameter = new URL(request.url).searchParams.getAll('accept').join(',');
  const ranges = parseAccept(parameter.trim() !== '' ? parameter : (request.headers.get('Accept') ?? ''));
  return ranges.length > 0 ? ranges : parseAccept('*/*');
}

/** Parses an Accept list (RFC 9110 12.5.1), best first; members that are no media type are left out. */
export function parseAccept(text: string): AcceptRange[] {
  const ranges = members(text).flatMap((member) => {
    const range = parseRange(member);
    return range === undefined ? [] : [range];
  });
  return ranges.sort((a, b) => b.quality - a.quality);
}

function parseRange(text: string): AcceptRange | undefined {
  const mediaType = parseMediaType(text);
  if (mediaType === undefined) return undefined;
  const { type } = mediaType;
  const transferSyntaxes = mediaType.parameters.flatMap(([name, value]) => (name === 'transfer-syntax' ? [value] : []));
  const q = Number(mediaType.parameter('q') ?? 1);
  const quality = q >= 0 && q <= 1 ? q : 1;
  const isMultipart = type.startsWith('multipart/');
  const inner = isMultipart ? (mediaType.parameter('type')?.toLowerCase() ?? '*/*') : type;
  return {
    mediaType: inner,
    multipart: isMultipart ? true : type === '*/*' ? undefined : false,
    transferSyntaxes,
    quality,
  };
}

/** Splits at commas outside quotes. */
function members(text: string): string[] {
  return text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
}
