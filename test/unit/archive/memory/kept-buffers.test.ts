import { describe, expect, it } from 'vitest';
import { BufferPool } from '../../../../src/archive/memory/buffer-pool';
import { HeldMemory } from '../../../../src/archive/memory/held-memory';
import { KeptBuffers } from '../../../../src/archive/memory/kept-buffers';
import type { ObjectStore } from '../../../../src/archive/object-store';
import { ObjectWriter } from '../../../../src/archive/store/incoming/object-writer';

const MIB = 1024 * 1024;
const PART_BYTES = 5 * MIB;

describe('buffers that an isolate keeps', () => {
  it('a buffer goes to a request that needs as much, and to no other one meanwhile', () => {
    const kept = new KeptBuffers();
    const buffer = kept.take(1000);
    kept.give(buffer);
    expect(kept.bytes).toBe(1000);
    expect(kept.take(1001)).not.toBe(buffer);
    expect(kept.take(100)).not.toBe(buffer);
    expect(kept.take(900)).toBe(buffer);
    expect(kept.take(900)).not.toBe(buffer);
    expect(kept.bytes).toBe(0);
  });

  it('the oldest leave when there are too many, and all when the ledger needs the room', () => {
    const kept = new KeptBuffers();
    const buffers = Array.from({ length: 6 }, () => new Uint8Array(MIB));
    for (const buffer of buffers) kept.give(buffer);
    expect(kept.bytes).toBe(4 * MIB);
    expect(buffers.map(({ length }) => length)).toEqual([0, 0, MIB, MIB, MIB, MIB]);
    kept.drop();
    expect([kept.bytes, buffers.at(-1)?.length]).toEqual([0, 0]);
  });

  it('keeps no buffer that is longer than all of them may be, and none that a read has detached', () => {
    const kept = new KeptBuffers();
    kept.give(new Uint8Array(5 * MIB));
    const detached = new Uint8Array(10);
    detached.buffer.transfer();
    kept.give(detached);
    expect(kept.bytes).toBe(0);
  });
});

describe('the buffers of a request', () => {
  /** Writes an object of 100,000 bytes. @returns the buffer that the store was given, and what the isolate keeps in the end */
  async function write(put: ObjectStore['put']) {
    const kept = new KeptBuffers();
    const pool = new BufferPool(100_000, kept);
    const memory = new HeldMemory();
    let sent: ArrayBufferLike | undefined;
    const { promise: looked, resolve: look } = Promise.withResolvers<void>();
    const objects = {
      put: async (key: string, bytes: Uint8Array<ArrayBuffer>) => {
        sent = bytes.buffer;
        await looked;
        await put(key, bytes);
      },
    } as ObjectStore;
    const writer = new ObjectWriter(objects, () => 'key', PART_BYTES, memory, pool);
    for (let at = 0; at < 10; at += 1) await writer.write(new Uint8Array(10_000).fill(at));
    const writing = writer.finish().catch((error: unknown) => error);
    await writer.abort();
    expect(pool.take(100_000).buffer).not.toBe(sent);
    look();
    const error = await writing;
    pool.end();
    expect(memory.held).toBe(0);
    return { sent, kept, error };
  }

  it('one buffer of the expected length takes the object, and is kept when the object is written', async () => {
    const { sent, kept } = await write(async () => undefined);
    expect([sent?.byteLength, kept.bytes]).toEqual([100_000, 100_000]);
    expect(kept.take(100_000).buffer).toBe(sent);
  });

  it('one that is too long to be kept is not held any more either', async () => {
    const pool = new BufferPool();
    pool.give(new Uint8Array(2 * MIB));
    const memory = new HeldMemory();
    const writer = new ObjectWriter(
      { put: async () => undefined } as Partial<ObjectStore> as ObjectStore,
      () => 'key',
      PART_BYTES,
      memory,
      pool,
    );
    await writer.write(new Uint8Array(3 * MIB));
    await writer.finish();
    expect(memory.held).toBe(0);
  });

  it('is not used again when the write failed: the runtime may still read it', async () => {
    const failure = new Error('Network connection lost');
    const { kept, error } = await write(async () => {
      throw failure;
    });
    expect([error, kept.bytes]).toEqual([failure, 0]);
  });
});
