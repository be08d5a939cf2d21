import { describe, expect, it } from 'vitest';
import { CodecError, type Decode } from '../../../../src/imaging/codec';
import { decodeJPEGExtended } from '../../../../src/imaging/codecs/jpeg/jpeg-extended';
import { decodeJPEGLossless } from '../../../../src/imaging/codecs/jpeg/jpeg-lossless';
import { frameBytes, type ImageFormat } from '../../../../src/imaging/frame';
import { broken } from '../../../support/files/broken-code-streams';
import { formatOf } from '../../../support/files/frames';
import { EXTENDED_STREAMS, LOSSLESS_STREAMS } from '../../../support/files/jpeg-streams';
import { writeFlatBlocks, writeLossless } from '../../../support/files/jpeg-writer';
import { seededRandom } from '../../../support/seeded-random';

interface Stream {
  readonly codeStream: Uint8Array;
  readonly format: ImageFormat;
}

const IMAGE = { rows: 24, columns: 16, samples: 3, precision: 12, restartInterval: 0, together: true };
const FORMAT = formatOf({ rows: 24, columns: 16, samplesPerPixel: 3, bitsStored: 12 });
const RESTARTED = { ...IMAGE, restartInterval: 48 };
const SAMPLES = Array.from({ length: 1152 }, (_, at) => (at * 37) % 4096);

const DECODERS: readonly [name: string, Decode, readonly Stream[]][] = [
  [
    'JPEG lossless',
    decodeJPEGLossless,
    [...LOSSLESS_STREAMS, { codeStream: writeLossless(RESTARTED, 4, SAMPLES), format: FORMAT }],
  ],
  [
    'JPEG extended',
    decodeJPEGExtended,
    [
      ...EXTENDED_STREAMS,
      { codeStream: writeFlatBlocks({ ...IMAGE, restartInterval: 2, together: false }, SAMPLES), format: FORMAT },
    ],
  ],
];

const CASES = 250;

describe.each(DECODERS)('%s', (_name, decode, streams) => {
  it('gives a whole frame or a CodecError for any input', async () => {
    let refused = 0;
    for (const { codeStream, format } of streams) {
      for (let seed = 0; seed < CASES; seed++) {
        try {
          const frame = await decode(broken(codeStream, seed), format);
          expect(frame.bytes.length).toBe(frameBytes(frame.format));
        } catch (fault) {
          if (!(fault instanceof CodecError)) throw new Error(`case ${seed}`, { cause: fault });
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan((CASES * streams.length) / 10);
    expect(refused).toBeLessThan(CASES * streams.length);
  });

  it('refuses empty input, noise and a truncated beginning', async () => {
    const { codeStream, format } = streams[0]!;
    const random = seededRandom(3);
    const noise = Uint8Array.from({ length: 5000 }, () => random.below(256));
    for (const bytes of [new Uint8Array(0), noise, codeStream.subarray(0, 40), codeStream.subarray(0, 2)]) {
      await expect(decode(bytes, format)).rejects.toMatchObject({ name: 'CodecError', reason: 'malformed' });
    }
  });

  it('refuses sizes that do not fit into an isolate', async () => {
    const { codeStream, format } = streams[0]!;
    const large = codeStream.slice();
    const header = large.findIndex((byte, at) => byte === 0xff && [0xc1, 0xc3].includes(large[at + 1]!));
    new DataView(large.buffer).setUint32(header + 5, 0xea60ea60);
    await expect(decode(large, format)).rejects.toMatchObject({ reason: 'too-large' });
  });
});
