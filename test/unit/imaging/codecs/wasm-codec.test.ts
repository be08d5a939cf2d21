import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fitMemory } from '../../../../scripts/codecs/memory-section.mjs';
import { ROOT } from '../../../../scripts/support/paths.mjs';
import { IDLE_BYTES, ROOM } from '../../../../src/imaging/codecs/codec-memory';
import { decodeJPEG2000 } from '../../../../src/imaging/codecs/jpeg2000/jpeg2000';
import {
  encodeHTJ2K,
  encodeHTJ2KProgressive,
  encodeJPEG2000,
} from '../../../../src/imaging/codecs/jpeg2000/jpeg2000-encoder';
import { tilingOf } from '../../../../src/imaging/codecs/jpeg2000/jpeg2000-tiling';
import { type Glue, heldBytes, WasmCodec } from '../../../../src/imaging/codecs/wasm-codec';
import { formatOf, frameOf } from '../../../support/files/frames';

const PAGE = 64 * 1024;

/** A Worker cannot compile a module, so its types do not let it be constructed; these tests run in Node. */
function compiled(bytes: Uint8Array): WebAssembly.Module {
  return Reflect.construct(WebAssembly.Module, [bytes]) as WebAssembly.Module;
}

/** A module with nothing but a memory of one page, up to `maximum`, by the name `m`. */
function memoryAlone(maximum: number): WebAssembly.Module {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return compiled(Uint8Array.from([...header, 5, 4, 1, 1, 1, maximum, 7, 5, 1, 1, 0x6d, 2, 0]));
}

interface Pages {
  grow(pages: number): number;
}

function codecOf(maximum: number): WasmCodec<Pages> {
  const module = memoryAlone(maximum);
  const glue: Glue<Pages> = (target) => {
    target.instantiateWasm({}, (instance) => {
      target.grow = (pages) => (instance.exports.m as WebAssembly.Memory).grow(pages);
    });
  };
  return new WasmCodec(async () => ({ glue, module }));
}

describe('a codec in WebAssembly', () => {
  it('keeps its instance for the next frame', async () => {
    const codec = codecOf(100);
    await codec.run(({ grow }) => grow(3));
    expect(await codec.run(({ grow }) => grow(0))).toBe(4);
    expect(codec.heldBytes).toBe(4 * PAGE);
  });

  it('releases its instance when something fails, and reports malformed', async () => {
    const codec = codecOf(100);
    await codec.run(({ grow }) => grow(3));
    const fault = codec.run(() => {
      throw new WebAssembly.RuntimeError('unreachable');
    });
    await expect(fault).rejects.toMatchObject({ name: 'CodecError', reason: 'malformed' });
    expect(codec.heldBytes).toBe(0);
    expect(await codec.run(({ grow }) => grow(0))).toBe(1);
  });

  it('reports too-large when its memory cannot grow', async () => {
    const codec = codecOf(10);
    await expect(codec.run(({ grow }) => grow(50))).rejects.toMatchObject({ reason: 'too-large' });
    expect(codec.heldBytes).toBe(0);
  });
});

describe('memory of large images', () => {
  it('is released after each frame', async () => {
    const frame = frameOf(formatOf({ rows: 2500, columns: 2000, bitsStored: 12 }), 'ramp');
    for (const encode of [encodeJPEG2000, encodeHTJ2K, encodeHTJ2KProgressive]) {
      const { codeStream, format } = await encode(frame);
      expect(heldBytes()).toBeLessThanOrEqual(IDLE_BYTES);
      const decoded = await decodeJPEG2000(codeStream, format);
      expect(heldBytes()).toBeLessThanOrEqual(IDLE_BYTES);
      expect(Buffer.compare(decoded.bytes, frame.bytes)).toBe(0);
    }
  });

  it('stays small with tiles that are large enough for their wavelets', () => {
    for (const columns of [1500, 2049, 3073, 4097, 6145, 9000]) {
      const { regions, levels, width, height } = tilingOf(columns, 4099, 1);
      expect(regions.reduce((sum, region) => sum + region.width * region.height, 0)).toBe(columns * 4099);
      expect(Math.min(...regions.map((region) => Math.min(region.width, region.height)))).toBeGreaterThanOrEqual(
        2 ** levels,
      );
      expect(18 * width * height).toBeLessThan(ROOM);
    }
  });
});

describe('the memory section', () => {
  it('is another, and nothing else is', () => {
    const file = join(ROOT, 'node_modules/@cornerstonejs/codec-charls/dist/charlswasm.wasm');
    const original = readFileSync(file);
    const fitted = fitMemory(original, { initial: 3, maximum: 200 });
    const again = fitMemory(fitted, { initial: 3, maximum: 200 });
    expect(Buffer.compare(again, fitted)).toBe(0);
    const module = compiled(Uint8Array.from(fitted));
    expect(WebAssembly.Module.exports(module)).toEqual(WebAssembly.Module.exports(compiled(Uint8Array.from(original))));
    expect(original.subarray(-10_000)).toEqual(Buffer.from(fitted.subarray(-10_000)));
    expect(() => fitMemory(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), { initial: 1, maximum: 1 })).toThrow();
  });
});
