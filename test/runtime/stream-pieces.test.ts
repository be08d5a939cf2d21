import { afterEach, describe, expect, it, vi } from 'vitest';
import { lengthOf, objectPiece, type Piece, slice, textPiece } from '../../src/archive/body/pieces';
import { type Holding, ObjectMissing, STALL_MS, streamPieces, WANTED_MS } from '../../src/archive/body/stream-pieces';
import type { ObjectStore } from '../../src/archive/object-store';
import { ascii, joined } from '../support/files/part10';

/** A bucket with one object, `stored`. */
const objects = {
  read: async (key: string, { offset, length } = { offset: 0, length: 6 }) =>
    key === 'stored' ? (new Blob([ascii('STORED').slice(offset, offset + length)]).stream() as ReadableStream) : null,
} as Pick<ObjectStore, 'read'> as ObjectStore;

async function textOf(pieces: readonly Piece[]): Promise<string> {
  const { body, done } = await streamPieces(objects, pieces);
  const text = await new Response(body).text();
  await done;
  return text;
}

const made = (text: string, length = text.length) => ({ length, make: async () => ascii(text) });

describe('pieces of a response', () => {
  const pieces: Piece[] = [textPiece('bytes '), made('made '), objectPiece('stored', 0, 6), made(' again')];
  const whole = 'bytes made STORED again';

  it('come one after the other, and any range of them', async () => {
    expect(await textOf(pieces)).toBe(whole);
    for (let from = 0; from < whole.length; from += 1) {
      for (const to of [from + 1, from + 7, whole.length].filter((end) => end <= whole.length)) {
        const cut = slice(pieces, from, to - from);
        expect(lengthOf(cut)).toBe(to - from);
        expect(await textOf(cut)).toBe(whole.slice(from, to));
      }
    }
  });

  it('are made when their turn comes, and never before', async () => {
    const order: string[] = [];
    const noting = (name: string): Piece => ({
      length: 1,
      make: () => {
        order.push(name);
        return ascii(name);
      },
    });
    const all = [noting('a'), objectPiece('stored', 0, 6), noting('b'), noting('c')];
    expect(await textOf(slice(all, 0, 8))).toBe('aSTOREDb');
    expect(order).toEqual(['a', 'b']);
  });

  it('break the response off when they do not have the stated length', async () => {
    for (const wrong of [made('short', 6), made('long', 3)]) {
      await expect(textOf([wrong])).rejects.toThrow('stated length');
      await expect(textOf(slice([wrong], 0, 2))).rejects.toThrow('stated length');
      const { body, done } = await streamPieces(objects, [objectPiece('stored', 0, 6), wrong]);
      await expect(new Response(body).text()).rejects.toThrow();
      await expect(done).rejects.toThrow('stated length');
    }
  });

  it('fail before the response begins when the first is missing', async () => {
    const failing: Piece = { length: 1, make: () => Promise.reject(new RangeError('cannot be made')) };
    await expect(streamPieces(objects, [textPiece('--'), failing])).rejects.toThrow('cannot be made');
    await expect(streamPieces(objects, [textPiece('--'), objectPiece('none', 0, 1)])).rejects.toThrow(ObjectMissing);
  });
});

describe('a response of a long object whose client does not read', () => {
  it('opens some megabytes of it, and the rest as the client takes them', async () => {
    const MIB = 1024 ** 2;
    let openedBytes = 0;
    const long = {
      read: async (_key: string, { length }: { length: number }) => {
        openedBytes += length;
        return new Blob([new Uint8Array(length)]).stream() as ReadableStream;
      },
    } as Pick<ObjectStore, 'read'> as ObjectStore;
    const { body, done } = await streamPieces(long, [objectPiece('stored', 0, 100 * MIB)]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(openedBytes).toBeLessThanOrEqual(7 * MIB);
    const whole = await new Response(body).arrayBuffer();
    await done;
    expect(whole.byteLength).toBe(100 * MIB);
    expect(openedBytes).toBe(100 * MIB);
  });
});

describe('a response whose client is slow', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Begins a response of a little more than four mebibytes. The client reads one chunk when the test tells it to. */
  async function begun(holding?: Holding) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const bytes = Uint8Array.from({ length: 4_500_000 }, (_, at) => at >> 3);
    const { body, done } = await streamPieces(objects, [textPiece('head'), { bytes, length: bytes.length }], holding);
    const reader = body.getReader({ mode: 'byob' });
    let ended: unknown = 'not yet';
    done.then(
      () => {
        ended = 'sent';
      },
      () => {
        ended = 'broken off';
      },
    );
    const read = async () => await reader.readAtLeast(200_000, new Uint8Array(200_000));
    return { bytes: joined([ascii('head'), bytes]), read, ended: () => ended };
  }

  it('is sent to its end, whatever time that takes', async () => {
    const { bytes, read, ended } = await begun();
    const got: Uint8Array[] = [];
    for (let length = 0; length < bytes.length; ) {
      await vi.advanceTimersByTimeAsync(STALL_MS / 3);
      const { value } = await read();
      got.push(value!);
      length += value!.length;
    }
    expect(joined(got)).toEqual(bytes);
    await vi.advanceTimersByTimeAsync(1);
    expect(ended()).toBe('sent');
  });

  it('is broken off when the client takes no bytes for a minute', async () => {
    const { read, ended } = await begun();
    await read();
    await vi.advanceTimersByTimeAsync(STALL_MS * 0.9);
    expect(ended()).toBe('not yet');
    await vi.advanceTimersByTimeAsync(STALL_MS);
    expect(ended()).toBe('broken off');
  });

  it('is broken off sooner while other requests wait for the memory that it holds', async () => {
    const { read, ended } = await begun({ gone: new AbortController().signal, wanted: () => true });
    await read();
    await vi.advanceTimersByTimeAsync(2 * WANTED_MS);
    expect(ended()).toBe('broken off');
  });

  it('is broken off although not even its first bytes are taken', async () => {
    const { ended } = await begun({ gone: new AbortController().signal, wanted: () => false });
    await vi.advanceTimersByTimeAsync(2 * STALL_MS);
    expect(ended()).toBe('broken off');
  });

  it('is broken off at once when the client disconnects', async () => {
    const client = new AbortController();
    const { ended } = await begun({ gone: client.signal, wanted: () => false });
    client.abort();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended()).toBe('broken off');
  });
});
