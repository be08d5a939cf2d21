import { ascii, joined } from '../files/part10';
import type { SeededRandom } from '../seeded-random';

/** A part of such a body. */
export interface FuzzPart {
  readonly type: string;
  readonly body: Uint8Array;
  readonly location?: string;
}

/** A multipart body with random framing. */
export interface FuzzBody {
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** Whether every part can be found by RFC 2046, whatever it contains. */
  readonly intact: boolean;
}

const BOUNDARIES = ['b', '--', "a'()+_,-./:=?", 'x'.repeat(70), '----WebKitFormBoundary7MA4YWxk', 'a b'];

/** A multipart/related body with random framing. */
export function randomMultipart(random: SeededRandom, type: string, parts: readonly FuzzPart[]): FuzzBody {
  const boundary = random.pick(BOUNDARIES);
  const end = random.below(12) === 0 ? '\n' : '\r\n';
  const pieces: Uint8Array[] = [];
  if (random.below(8) === 0)
    pieces.push(ascii(random.pick(['preamble\r\n', '\r\n', `x--${boundary}\r\n`, '\r\n\r\n'])));
  for (const part of parts) {
    pieces.push(ascii(`--${boundary}${random.below(10) === 0 ? ' \t' : ''}${end}`));
    pieces.push(ascii(partHeader(random, part, end)), part.body, ascii('\r\n'));
  }
  pieces.push(ascii(`--${boundary}--${random.pick(['', '\r\n', '\r\nepilogue', '\r\n\r\n'])}`));
  const contentType = contentTypeOf(random, type, boundary);
  if (random.below(3) > 0) return { contentType, bytes: joined(pieces), intact: end === '\r\n' };
  return { contentType, bytes: damaged(random, joined(pieces), boundary), intact: false };
}

function partHeader(random: SeededRandom, { type, location }: FuzzPart, end: string): string {
  const lines = [`Content-Type: ${type}`];
  if (location !== undefined) lines.push(`Content-Location: ${location}`);
  switch (random.below(12)) {
    case 0:
      lines.push(`X-Long: ${'y'.repeat(random.pick([900, 15_000]))}`);
      break;
    case 1:
      lines.push('Content-ID: <1@x>', 'MIME-Version: 1.0', 'Content-Length: 3');
      break;
    case 2:
      lines[0] = `content-type:${end} ${type}`;
      break;
    case 3:
      lines.shift();
      break;
  }
  return `${lines.map((line) => line + end).join('')}${end}`;
}

function contentTypeOf(random: SeededRandom, type: string, boundary: string): string {
  const simple = /^[\w'+\-.]+$/.test(boundary) && random.below(2) === 0;
  const named = simple ? boundary : `"${boundary}"`;
  return random.pick([
    `multipart/related; type="${type}"; boundary=${named}`,
    `multipart/related;boundary=${named};type=${type.includes('+') ? `"${type}"` : type}`,
    `Multipart/Related; boundary=${named}; type="${type}"; start="<1>"`,
    `multipart/related; boundary=${named}`,
  ]);
}

/** Invalid framing. */
function damaged(random: SeededRandom, bytes: Uint8Array, boundary: string): Uint8Array {
  const at = random.below(bytes.length);
  const insert = (text: string) => joined([bytes.subarray(0, at), ascii(text), bytes.subarray(at)]);
  switch (random.below(9)) {
    case 0:
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return insert(`\r\n--${boundary}\r\n`);
    case 3:
      return insert(`\r\n--${boundary}--\r\n`);
    case 4:
      return insert(`\r\n--${boundary.slice(0, -1)}`);
    case 5:
      return joined([ascii(`--${boundary}\r\n${'Header-Bomb: x\r\n'.repeat(5000)}\r\n`), bytes]);
    case 6:
      return joined([
        ascii(`--${boundary}\r\nContent-Type: multipart/related; boundary=in\r\n\r\n--in\r\n\r\n`),
        bytes,
      ]);
    case 7:
      return joined([ascii(`--${boundary}\r\nno header at all\r\n\r\n`), bytes]);
    default:
      return bytes.subarray(at);
  }
}
