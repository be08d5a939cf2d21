/**
 * Overwrites, in compressed frames, what is not image: comments and application data, such as Exif and colour profiles,
 * and bytes before and after the code stream (ITU-T T.81 B.1.1.3, T.87 C.1.1, T.800 A.1). Every length and place stays.
 */

/** Media types of the compressed frames in which this is done: JPEG, JPEG-LS, JPEG 2000 and HTJ2K (PS3.18 table 8.7.3-5). */
export const WITH_COMMENTS: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/jls',
  'image/jp2',
  'image/jpx',
  'image/jphc',
]);

const BLANK = 0;

const SOI = 0xd8;
const EOI = 0xd9;
const SOC = 0x4f;

/** The application data that decoders need: the marker, the identifier, and how many bytes of the segment are kept. */
const NEEDED: readonly (readonly [marker: number, identifier: string, bytes: number])[] = [
  [0xe0, 'JFIF\0', 14],
  [0xee, 'Adobe', 12],
  // The colour transform of JPEG-LS files of HP.
  [0xe8, 'mrfx', 5],
];

interface Family {
  readonly hasNoLength: (marker: number) => boolean;
  readonly isErased: (marker: number) => boolean;
  /** Whether coded bytes follow the segment of this marker. */
  readonly codedAfter: (marker: number) => boolean;
  /** Whether FF and this byte, among coded bytes, are a marker that is followed by segments. */
  readonly endsCoded: (byte: number) => boolean;
}

const JPEG: Family = {
  hasNoLength: (marker) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9),
  isErased: (marker) => marker === 0xfe || (marker >= 0xe0 && marker <= 0xef),
  codedAfter: (marker) => marker === 0xda,
  // A code stream that lacks its end may be followed by another one.
  endsCoded: (byte) => byte >= 0xc0 && byte !== 0xff && !(byte >= 0xd0 && byte <= 0xd7),
};

const JPEG_2000: Family = {
  hasNoLength: (marker) => marker === SOC || marker === 0x93 || marker === EOI || (marker >= 0x30 && marker <= 0x3f),
  isErased: (marker) => marker === 0x64,
  // The number of a packet, in a segment among coded bytes (T.800 A.8.1), can look like a marker.
  codedAfter: (marker) => marker === 0x93 || marker === 0x91,
  endsCoded: (byte) => byte === 0x90 || byte === 0x91 || byte === EOI,
};

/** The first box of a JP2 file (T.800 I.5.1), which some instances have around the code stream. */
const SIGNATURE: readonly number[] = [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 0x0d, 0x0a, 0x87, 0x0a];

const BOX_HEADER_BYTES = 8;

/** The boxes that decoders need, before the one with the code stream. Others hold texts, such as XML. */
const NEEDED_BOXES: ReadonlySet<string> = new Set(['ftyp', 'jp2h']);

/**
 * `start`: the first bytes of a frame; `box`, `content`: the header and the content of a box of JP2; `outside`: before or after
 * a code stream; `marker`: FF is next; `code`: the code of a marker is next.
 */
type State = 'start' | 'box' | 'content' | 'outside' | 'marker' | 'code' | 'length' | 'segment' | 'coded';

/** One pass over the bytes of a frame, or of several frames one after the other. */
export class CommentEraser {
  #state: State = 'start';
  #family = JPEG;
  /** Whether the byte before was FF, among coded bytes or outside. */
  #afterFF = false;
  /** Whether this is the beginning of a fragment among coded bytes, where another code stream may begin. */
  #probing = false;
  #marker = 0;
  #lengthHigh: number | undefined;
  #box = '';
  /** Bytes of the segment or of the box that have passed, and that are still to come. */
  #passed = 0;
  #left = 0;
  /** The identifier of the segment agrees with that of NEEDED so far. */
  #needed: (typeof NEEDED)[number] | undefined;

  /** The next bytes are the first of a fragment, with which a frame may begin. */
  beginFragment(): void {
    if (this.#state === 'outside') this.#state = 'start';
    if (this.#state !== 'coded') return;
    this.#probing = true;
    this.#afterFF = false;
  }

  /** @param bytes are changed in place */
  erase(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at = this.#step(bytes, at);
  }

  /** @returns the place of the next byte */
  #step(bytes: Uint8Array, at: number): number {
    const byte = bytes[at]!;
    switch (this.#state) {
      case 'start':
        return this.#start(bytes, at);
      case 'box':
        this.#boxHeader(byte);
        return at + 1;
      case 'content':
        return this.#content(bytes, at);
      case 'outside':
        this.#outside(bytes, at);
        return at + 1;
      case 'marker':
        if (byte === 0xff) this.#state = 'code';
        // Not a marker: nothing is known of the rest until the next one.
        else this.#coded();
        return at + 1;
      case 'code':
        if (byte !== 0xff) this.#begin(byte);
        return at + 1;
      case 'length':
        this.#length(byte);
        return at + 1;
      case 'segment':
        return this.#segment(bytes, at);
      case 'coded':
        return this.#inCoded(bytes, at);
    }
  }

  #start(bytes: Uint8Array, at: number): number {
    if (bytes[at] === SIGNATURE[this.#passed]) {
      this.#passed += 1;
      if (this.#passed < SIGNATURE.length) return at + 1;
      this.#state = 'box';
      this.#passed = 0;
      return at + 1;
    }
    this.#state = 'outside';
    this.#passed = 0;
    this.#afterFF = false;
    return at;
  }

  #boxHeader(byte: number): void {
    if (this.#passed < 4) this.#left = (this.#passed === 0 ? 0 : this.#left * 256) + byte;
    else this.#box = (this.#passed === 4 ? '' : this.#box) + String.fromCharCode(byte);
    this.#passed += 1;
    if (this.#passed < BOX_HEADER_BYTES) return;
    this.#passed = 0;
    this.#left -= BOX_HEADER_BYTES;
    // A shorter length means that of the rest, or that another length follows; neither is written before the code stream.
    const isLast = this.#box === 'jp2c' || this.#left < 0;
    this.#state = isLast ? 'outside' : this.#left === 0 ? 'box' : 'content';
    this.#afterFF = false;
  }

  #content(bytes: Uint8Array, at: number): number {
    const end = Math.min(at + this.#left, bytes.length);
    if (!NEEDED_BOXES.has(this.#box)) bytes.fill(BLANK, at, end);
    this.#left -= end - at;
    if (this.#left === 0) this.#state = 'box';
    return end;
  }

  #outside(bytes: Uint8Array, at: number): void {
    const byte = bytes[at]!;
    if (this.#afterFF && (byte === SOI || byte === SOC)) {
      this.#family = byte === SOI ? JPEG : JPEG_2000;
      this.#state = 'marker';
    } else if (byte !== 0xff) bytes[at] = BLANK;
    this.#afterFF = byte === 0xff;
  }

  #begin(marker: number): void {
    const { hasNoLength, codedAfter } = this.#family;
    this.#marker = marker;
    if (marker === EOI) this.#state = 'outside';
    else if (!hasNoLength(marker)) this.#state = 'length';
    else if (codedAfter(marker)) this.#coded();
    else this.#state = 'marker';
    this.#afterFF = false;
  }

  #length(byte: number): void {
    if (this.#lengthHigh === undefined) {
      this.#lengthHigh = byte;
      return;
    }
    // The length includes itself.
    this.#left = Math.max(0, this.#lengthHigh * 256 + byte - 2);
    this.#lengthHigh = undefined;
    this.#passed = 0;
    this.#needed = NEEDED.find(([marker]) => this.#family === JPEG && marker === this.#marker);
    this.#state = 'segment';
    if (this.#left === 0) this.#afterSegment();
  }

  #segment(bytes: Uint8Array, at: number): number {
    const count = Math.min(this.#left, bytes.length - at);
    if (this.#family.isErased(this.#marker)) {
      for (let next = at; next < at + count; next += 1, this.#passed += 1) {
        if (!this.#isKept(bytes[next]!)) bytes[next] = BLANK;
      }
    }
    this.#left -= count;
    if (this.#left === 0) this.#afterSegment();
    return at + count;
  }

  #isKept(byte: number): boolean {
    // Rcom of T.800 A.9.2 says which text follows.
    if (this.#family === JPEG_2000) return this.#passed < 2;
    if (this.#needed === undefined) return false;
    const [, identifier, length] = this.#needed;
    if (this.#passed >= identifier.length) return this.#passed < length;
    if (byte === identifier.charCodeAt(this.#passed)) return true;
    this.#needed = undefined;
    return false;
  }

  #afterSegment(): void {
    if (this.#family.codedAfter(this.#marker)) this.#coded();
    else this.#state = 'marker';
  }

  #coded(): void {
    this.#state = 'coded';
    this.#afterFF = false;
    this.#probing = false;
  }

  #inCoded(bytes: Uint8Array, at: number): number {
    if (!this.#afterFF) {
      const found = this.#probing ? (bytes[at] === 0xff ? at : -1) : bytes.indexOf(0xff, at);
      this.#afterFF = found >= 0;
      if (!this.#afterFF && this.#probing) {
        this.#probing = false;
        return at;
      }
      return found < 0 ? bytes.length : found + 1;
    }
    const byte = bytes[at]!;
    if (this.#probing && (byte === SOC || byte === SOI)) {
      this.#family = byte === SOI ? JPEG : JPEG_2000;
      this.#state = 'marker';
    } else if (this.#family.endsCoded(byte)) this.#begin(byte);
    this.#afterFF = byte === 0xff && this.#state === 'coded';
    this.#probing = false;
    return at + 1;
  }
}
