import { Deflate, deflateSync, zlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { Inflater } from '../../../src/dicom/data-set/inflater';
import { InstanceReader, type ParsedInstance, type ReaderLimits } from '../../../src/dicom/instance/instance-reader';
import { concat, DEFLATED, element, failure, identified, image, part10 } from './build';

const pixels = Uint8Array.from({ length: 200_000 }, (_, index) => (index * index) >> 7);
/** Frames of eight bytes. */
const ofFrames = (frames: number) =>
  identified([...image({ frames: String(frames) }), element(0x7fe00010, 'OB', pixels.subarray(0, 8 * frames))]);
const dataSet = ofFrames(25_000);

function inflate(
  bytes: Uint8Array,
  chunk: number,
  limits: Partial<ReaderLimits> = {},
): { parsed: ParsedInstance; inflated: Uint8Array } {
  const reader = new InstanceReader(limits);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    reader.push(bytes.slice(at, at + chunk));
    pieces.push(...reader.takeInflated());
  }
  return { parsed: reader.end(), inflated: concat(...pieces) };
}

describe('deflated data sets (PS3.5 A.5)', () => {
  it('are recognised once the file meta information is read', () => {
    const reader = new InstanceReader();
    expect(reader.deflated).toBe(false);
    reader.push(part10(DEFLATED, Uint8Array.of(3, 0)));
    expect(reader.deflated).toBe(true);
  });

  it.each([
    [1, 2500],
    [7, 25_000],
    [4096, 25_000],
    [1 << 20, 25_000],
  ])('in chunks of %i bytes: offsets are those of the inflated data set', (chunk, frames) => {
    const whole = ofFrames(frames);
    const { parsed, inflated } = inflate(part10(DEFLATED, deflateSync(whole)), chunk);
    expect(Buffer.compare(inflated, whole)).toBe(0);
    expect(parsed.layout).toMatchObject({
      object: 'inflated',
      pixels: { kind: 'native', offset: whole.length - 8 * frames, length: 8 * frames, frames },
    });
    expect(parsed.warnings).toEqual([]);
  });

  it.each([0, 1, 3, 100, 300_000])('%i bytes of padding may follow', (count) => {
    const { parsed, inflated } = inflate(concat(part10(DEFLATED, deflateSync(dataSet)), new Uint8Array(count)), 4096);
    expect(inflated).toHaveLength(dataSet.length);
    expect(parsed.warnings).toEqual([]);
  });

  it('blocks that are stored and not compressed are read', () => {
    expect(inflate(part10(DEFLATED, deflateSync(dataSet, { level: 0 })), 4096).inflated).toHaveLength(dataSet.length);
  });

  it('a zlib header is skipped', () => {
    expect(inflate(part10(DEFLATED, zlibSync(dataSet)), 4096).inflated).toHaveLength(dataSet.length);
  });

  it('a truncated stream', () => {
    const bytes = part10(DEFLATED, deflateSync(identified([element(0x00200010, 'SH', 'x'.repeat(100))])));
    expect(failure(() => inflate(bytes.subarray(0, bytes.length - 20), 64)).code).toBe('truncated');
  });

  it('bytes that are not a deflate stream', () => {
    expect(failure(() => inflate(part10(DEFLATED, new Uint8Array(64).fill(0xff)), 64)).code).toBe('malformed');
  });

  it('a bomb costs a bounded amount for each step and is refused at the limit', () => {
    const bomb = deflateSync(concat(identified([]), element(0x7fe00010, 'OB', new Uint8Array(20_000_000))));
    const reader = new InstanceReader({ maxInflatedBytes: 10_000_000 });
    const bytes = part10(DEFLATED, bomb);
    let most = 0;
    expect(
      failure(() => {
        for (let at = 0; at < bytes.length; at += 4096) {
          reader.push(bytes.slice(at, at + 4096));
          most = Math.max(
            most,
            reader.takeInflated().reduce((sum, piece) => sum + piece.length, 0),
          );
        }
      }).code,
    ).toBe('too-large');
    expect(most).toBeLessThanOrEqual(4096 * 1032);
  });

  it('may always inflate to 256 MiB, and to more only at an ordinary ratio', () => {
    const inflated = (deflated: Uint8Array, times: number) => {
      const inflater = new Inflater(Number.MAX_SAFE_INTEGER);
      let total = 0;
      for (let n = 0; n < times; n += 1) for (const piece of inflater.push(deflated)) total += piece.length;
      return total;
    };
    const MB = 1024 ** 2;
    // Flushed, so that it is a whole number of blocks and can be repeated.
    const flushed = (bytes: Uint8Array) => {
      const pieces: Uint8Array[] = [];
      const deflate = new Deflate((piece) => pieces.push(piece));
      deflate.push(bytes);
      deflate.flush(true);
      return concat(...pieces);
    };
    const zeros = flushed(new Uint8Array(MB));
    expect(inflated(zeros, 200)).toBe(200 * MB);
    expect(failure(() => inflated(zeros, 320)).code).toBe('too-large');
    const text = flushed(Uint8Array.from({ length: MB }, (_, at) => Math.imul(at, at * 2_654_435) >>> 29));
    expect(text.length).toBeGreaterThan(MB / 50);
    expect(inflated(text, 270)).toBe(270 * MB);
  });
});
