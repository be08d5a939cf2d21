import { expect, it } from 'vitest';
import { bufferedSource } from '../../../src/http/buffered-source';

/** A body whose client disconnects. @param type of the stream */
function brokenBody(error: Error, type: 'bytes' | undefined): ReadableStream<Uint8Array> {
  const pull = (controller: { error(reason: unknown): void }) => controller.error(error);
  return type === 'bytes' ? new ReadableStream({ type, pull }) : new ReadableStream({ pull });
}

it.each(['bytes', undefined] as const)(
  'the error of a client that has disconnected keeps no frames of what was reading (%s)',
  async (type) => {
    const error = new Error('Network connection lost.');
    // The engine keeps the frames, with all that they refer to, until it makes a text of them.
    const written: Error[] = [];
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = (of) => {
      written.push(of);
      return 'a text';
    };
    try {
      await bufferedSource(brokenBody(error, type))
        .read(new Uint8Array(8), 0)
        .catch(() => undefined);
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
    expect(written).toEqual([error]);
  },
);
