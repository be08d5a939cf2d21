import { CodecError } from '../../codec';
import { BYPASS_FROM, STYLE } from './jpeg2000-block';
import type { CodeBlock, Precinct, Resolution, TileComponent } from './jpeg2000-layout';
import type { Parameters } from './jpeg2000-parameters';

const SOP = 0x91;
const EPH = 0x92;

/** A limit that no precision reaches. */
const MOST_ZERO_PLANES = 80;
const MOST_LENGTH_BITS = 31;

interface Packet {
  readonly layer: number;
  readonly style: number;
  readonly precinct: Precinct;
}

/**
 * Distributes the bytes of a tile's packets to their code-blocks (T.800 B.9, B.10). When packets are missing, blocks
 * keep the bytes that they have: a code stream may be truncated between any two packets.
 * @throws CodecError malformed, or unsupported
 */
export function readPackets(bytes: Uint8Array, components: readonly TileComponent[], parameters: Parameters): void {
  const reader = new PacketReader(bytes);
  for (const packet of packetsOf(components, parameters)) {
    if (reader.ended) return;
    reader.read(packet);
  }
}

/** The position of a precinct in the orders of packets. */
interface Place {
  readonly component: number;
  readonly resolution: number;
  readonly number: number;
  readonly precinct: Precinct;
  readonly style: number;
}

/** Progression orders (T.800 B.12.1), by number: the sort keys of a place, most significant first. */
const ORDERS: readonly ((place: Place) => readonly number[])[] = [
  ({ resolution, component, number }) => [resolution, component, number],
  ({ resolution, component, number }) => [resolution, component, number],
  ({ resolution, precinct, component, number }) => [resolution, precinct.y, precinct.x, component, number],
  ({ resolution, precinct, component, number }) => [precinct.y, precinct.x, component, resolution, number],
  ({ resolution, precinct, component, number }) => [component, precinct.y, precinct.x, resolution, number],
];

function* packetsOf(components: readonly TileComponent[], { progression, layers }: Parameters): Generator<Packet> {
  const order = ORDERS[progression];
  if (order === undefined) throw new CodecError('malformed', 'the packets of the code stream are in an unknown order');
  const places = components
    .flatMap(({ resolutions, coding }, component) =>
      resolutions.flatMap(({ precincts }: Resolution, resolution) =>
        precincts.map((precinct, number): Place => ({ component, resolution, number, precinct, style: coding.style })),
      ),
    )
    .map((place) => ({ place, keys: order(place) }))
    .sort((one, other) => compared(one.keys, other.keys));
  // In the first order, layers are outermost; in the second, they come after resolutions; in the others, they are
  // innermost.
  const groups =
    progression === 0
      ? [places]
      : progression === 1
        ? [...Map.groupBy(places, ({ place }) => place.resolution).values()]
        : places.map((place) => [place]);
  for (const group of groups) {
    for (let layer = 0; layer < layers; layer++) {
      for (const { place } of group) yield { layer, style: place.style, precinct: place.precinct };
    }
  }
}

function compared(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((key, index) => key !== other[index]);
  return at < 0 ? 0 : one[at]! - other[at]!;
}

interface Contribution {
  readonly segment: CodeBlock['segments'][number];
  readonly length: number;
}

class PacketReader {
  #at = 0;
  #held = 0;
  #count = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get ended(): boolean {
    return this.#at >= this.bytes.length;
  }

  read({ layer, style, precinct }: Packet): void {
    if (this.#isMarker(SOP)) this.#at += 6;
    this.#held = 0;
    this.#count = 0;
    const contributions = this.#bit() === 1 ? this.#header(layer, style, precinct) : [];
    // A stuffed bit follows 0xFF; here it has a byte of its own.
    if (this.#held === 0xff) this.#at++;
    if (this.#isMarker(EPH)) this.#at += 2;
    for (const { segment, length } of contributions) {
      segment.pieces.push(this.bytes.subarray(this.#at, this.#at + length));
      this.#at += length;
    }
  }

  #isMarker(code: number): boolean {
    return this.bytes[this.#at] === 0xff && this.bytes[this.#at + 1] === code;
  }

  #header(layer: number, style: number, { grids }: Precinct): Contribution[] {
    const contributions: Contribution[] = [];
    const readBit = () => this.#bit();
    for (const { blocks, across, inclusion, zeroPlanes } of grids) {
      for (const [index, block] of blocks.entries()) {
        const [x, y] = [index % across, Math.floor(index / across)];
        if (block.included) {
          if (this.#bit() === 0) continue;
        } else {
          if (inclusion.below(x, y, layer + 1, readBit) > layer) continue;
          block.included = true;
          block.zeroPlanes = zeroPlanes.below(x, y, MOST_ZERO_PLANES, readBit);
        }
        contributions.push(...this.#passes(block, style));
      }
    }
    return contributions;
  }

  /** Reads which passes a packet adds to a block, for each codeword segment (T.800 B.10.6, B.10.7). */
  #passes(block: CodeBlock, style: number): Contribution[] {
    const contributions: Contribution[] = [];
    let left = this.#passCount();
    while (this.#bit() === 1) block.lengthBits++;
    while (left > 0) {
      const segment = openSegment(block, style);
      const passes = Math.min(left, roomOf(block, style));
      const bits = block.lengthBits + Math.floor(Math.log2(passes));
      if (bits > MOST_LENGTH_BITS) throw new CodecError('malformed', 'a packet of the code stream is broken');
      segment.passes += passes;
      left -= passes;
      contributions.push({ segment, length: this.#bits(bits) });
    }
    return contributions;
  }

  /** The number of coding passes (T.800 table B.4). */
  #passCount(): number {
    if (this.#bit() === 0) return 1;
    if (this.#bit() === 0) return 2;
    const few = this.#bits(2);
    if (few < 3) return 3 + few;
    const more = this.#bits(5);
    return more < 31 ? 6 + more : 37 + this.#bits(7);
  }

  #bits(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit++) value = 2 * value + this.#bit();
    return value;
  }

  /** T.800 B.10.1: after 0xFF, the highest bit of the next byte is stuffed. */
  #bit(): number {
    if (this.#count === 0) {
      if (this.#at >= this.bytes.length) throw new CodecError('malformed', 'the code stream is truncated');
      this.#count = this.#held === 0xff ? 7 : 8;
      this.#held = this.bytes[this.#at++]!;
    }
    this.#count--;
    return (this.#held >> this.#count) & 1;
  }
}

/** The codeword segment to which the next pass of a block belongs. */
function openSegment(block: CodeBlock, style: number): CodeBlock['segments'][number] {
  if (block.segments.length === 0 || roomOf(block, style) === 0) block.segments.push({ passes: 0, pieces: [] });
  return block.segments.at(-1)!;
}

/** The number of passes that the last segment of a block can still take (T.800 tables D.8, D.9). */
function roomOf({ segments }: CodeBlock, style: number): number {
  const last = segments.at(-1);
  if (last === undefined) return 0;
  if ((style & STYLE.terminate) !== 0) return 1 - last.passes;
  if ((style & STYLE.bypass) === 0) return Number.POSITIVE_INFINITY;
  // First the arithmetically coded passes of the upper planes, then alternately two raw passes and one coded pass.
  if (segments.length === 1) return BYPASS_FROM - last.passes;
  return (segments.length % 2 === 0 ? 2 : 1) - last.passes;
}
