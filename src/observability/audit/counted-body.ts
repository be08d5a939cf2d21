import { BrokenOff } from '../../archive/body/broken-off';
import { CREDENTIAL_CHECKS } from '../../dicomweb/credential-checks';

/**
 * Counts the bytes of a body while it is sent.
 * @param isEnded whether the credential was ended meanwhile: then the body breaks off
 * @param ended is called with the bytes that were sent, at the end of the body or when it breaks off
 */
export function countedBody(
  body: ReadableStream<Uint8Array>,
  isEnded: ((maxAgeMs: number) => Promise<boolean>) | undefined,
  ended: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const read = readerOf(body);
  let bytes = 0;
  let checkedAt = Date.now();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await read.next();
      const { intervalMs } = CREDENTIAL_CHECKS;
      if (isEnded !== undefined && Date.now() - checkedAt >= intervalMs) {
        checkedAt = Date.now();
        if (await isEnded(intervalMs)) {
          ended(bytes);
          await read.cancel().catch(() => undefined);
          throw new BrokenOff();
        }
      }
      if (done) {
        controller.close();
        ended(bytes);
        return;
      }
      bytes += value.length;
      controller.enqueue(value);
    },
    async cancel(reason) {
      ended(bytes);
      await read.cancel(reason);
    },
  });
}

/** Bytes that are read of an answer at a time. */
const READ_BYTES = 64 * 1024;

/** Each read is a call out of JavaScript, and gives 4 kB of a stream of the runtime, unless it brings a larger buffer. */
function readerOf(body: ReadableStream<Uint8Array>) {
  try {
    const reader = body.getReader({ mode: 'byob' });
    return { next: () => reader.read(new Uint8Array(READ_BYTES)), cancel: (reason?: unknown) => reader.cancel(reason) };
  } catch {
    // A stream that JavaScript has made takes no buffer.
    const reader = body.getReader();
    return { next: () => reader.read(), cancel: (reason?: unknown) => reader.cancel(reason) };
  }
}
