/** What a log line contains besides its event: the archive's own identifiers, counts and codes, never patient data. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one JSON line about an expected event. */
export function logEvent(event: string, fields: LogFields = {}): void {
  console.log(JSON.stringify({ event, ...fields }));
}

/**
 * Writes one JSON line about a failure.
 * @param error its name, its stack and the key of a missing object are logged, its message is not
 */
export function logFailure(event: string, error?: unknown, fields: LogFields = {}): void {
  console.error(JSON.stringify({ event, ...fields, ...(error === undefined ? {} : errorFields(error)) }));
}

/**
 * The name of an error and the code positions of its stack. The message is left out, because it could quote patient
 * data. A stack begins with the message, which may have several lines, so only the lines with positions are kept.
 */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  // The message may contain lines that look like positions. They come first in the stack and are removed with it.
  const said = error.message.split('\n').filter((line) => /^\s+at /.test(line)).length;
  const { object } = error as { object?: unknown };
  const lost = typeof object === 'string' ? { object } : {};
  return { error: error.name, ...lost, stack: places.slice(said, said + STACK_LINES).join('\n') };
}

const STACK_LINES = 12;
