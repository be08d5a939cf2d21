/** The parts one after the other, in one array. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const ENCODER = new TextEncoder();

/** The text in UTF-8. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(text) as Uint8Array<ArrayBuffer>;
}

/** Lower-case hexadecimal digits, two a byte. */
export function hexadecimal(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/** The bytes of hexadecimal digits, two a byte. */
export function fromHexadecimal(digits: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A name for a text: the first 32 hexadecimal digits of its SHA-256. */
export async function digestOf(text: string): Promise<string> {
  return await digestOfBytes(utf8(text));
}

/** A name for bytes: the first 32 hexadecimal digits of their SHA-256. */
export async function digestOfBytes(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hexadecimal(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes), 0, 16));
}

/**
 * Runs bytes through a stream such as DecompressionStream. The runtime collects the output: collecting it chunk by
 * chunk in JavaScript takes eight times as long.
 */
export async function through(
  transform: { readonly readable: ReadableStream; readonly writable: WritableStream },
  parts: readonly Uint8Array[],
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = transform.writable.getWriter();
  // The writes are not awaited one by one: the stream keeps their order, and each wait costs a turn of the runtime.
  const writing = Promise.all([...parts.map((part) => writer.write(part)), writer.close()]);
  writing.catch(() => undefined);
  // Collected whole: callers pass one member of a metadata segment, or one page of a snapshot.
  const bytes = new Uint8Array(await new Response(transform.readable).arrayBuffer());
  await writing;
  return bytes;
}

/**
 * Frees memory now, because the garbage collector runs too late for an isolate with limited memory. The caller must not
 * use the bytes afterwards.
 * @param but bytes that were made of them: when they lie in the same memory, it is not freed
 */
export function discard({ buffer }: Uint8Array, but?: Uint8Array): void {
  if (buffer === but?.buffer || !(buffer instanceof ArrayBuffer)) return;
  try {
    buffer.transfer(0);
  } catch {
    // The memory of a codec cannot be freed alone: it is freed with the codec.
  }
}
