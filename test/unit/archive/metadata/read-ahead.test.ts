import { expect, it } from 'vitest';
import { AnswerMemory } from '../../../../src/archive/memory/answer-memory';
import { Ledger } from '../../../../src/archive/memory/ledger';
import { readMembers } from '../../../../src/archive/metadata/metadata-read';
import { ReadAhead } from '../../../../src/archive/metadata/read-ahead';
import type { ObjectStore } from '../../../../src/archive/object-store';

const KIB = 1024;

/** A segment's object of one member. */
function objectOf(text: string): Uint8Array {
  const member = new TextEncoder().encode(text);
  const object = new Uint8Array(4 + member.length);
  new DataView(object.buffer).setUint32(0, member.length);
  object.set(member, 4);
  return object;
}

/** A bucket that notes how many objects are read at the same time. */
function bucket(lost: readonly string[] = []) {
  const read: string[] = [];
  let reading = 0;
  const most = { atOnce: 0 };
  const objects = {
    async read(key: string) {
      read.push(key);
      reading += 1;
      most.atOnce = Math.max(most.atOnce, reading);
      await new Promise((resolve) => setTimeout(resolve, 2));
      reading -= 1;
      if (lost.includes(key)) return null;
      const bytes = objectOf(key);
      return new ReadableStream({
        type: 'bytes',
        start(controller) {
          controller.enqueue(bytes);
          controller.close();
        },
      });
    },
  } as unknown as ObjectStore;
  return { objects, read, most };
}

const segment = (key: string) => ({ key, content: null, byteLength: objectOf(key).length });

async function textsOf(
  objects: ObjectStore,
  segments: ReturnType<typeof segment>[],
  ledger = new Ledger(),
  texts: string[] = [],
) {
  const ahead = new ReadAhead(objects, segments, new AnswerMemory(ledger, new AbortController().signal));
  try {
    for (const each of segments) {
      for await (const { member } of readMembers(objects, each, ahead.take(each)))
        texts.push(new TextDecoder().decode(member));
    }
  } finally {
    ahead.release();
  }
  return texts;
}

// Node.js has no readAtLeast; the runtime's reads are tested in test/runtime/store/store-metadata.test.ts.
Object.assign(ReadableStreamBYOBReader.prototype, {
  readAtLeast(this: ReadableStreamBYOBReader, _: number, view: Uint8Array) {
    return this.read(view);
  },
});

const keys = Array.from({ length: 10 }, (_, at) => `segment ${at}`);

it('reads short segments in their order, four at the same time, each once', async () => {
  const { objects, read, most } = bucket();
  const ledger = new Ledger();
  expect(await textsOf(objects, keys.map(segment), ledger)).toEqual(keys);
  expect([read.toSorted(), most.atOnce, ledger.held]).toEqual([keys, 4, 0]);
});

it('reads a segment in its turn where no memory is free, and where there is one alone', async () => {
  const { objects, most } = bucket();
  const ledger = new Ledger({ ...new Ledger().limits, shared: KIB, small: 0 });
  const upload = ledger.takeNow(KIB, { purpose: 'upload' });
  expect(await textsOf(objects, keys.map(segment), ledger)).toEqual(keys);
  upload?.release();
  expect(await textsOf(objects, [segment('alone')])).toEqual(['alone']);
  expect(most.atOnce).toBe(1);
});

it('fails at the segment that is lost, and not before', async () => {
  const { objects } = bucket(['segment 3']);
  const texts: string[] = [];
  await expect(textsOf(objects, keys.map(segment), new Ledger(), texts)).rejects.toMatchObject({ object: 'segment 3' });
  expect(texts).toEqual(keys.slice(0, 3));
});
