/** What a line of the log says besides its event: identifiers of the archive's own, counts and codes, never a patient's data. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one JSON line for what went as intended. */
export function logEvent(event: string, fields: LogFields = {}): void {
  console.log(JSON.stringify({ event, ...fields }));
}

/** Writes one JSON line for what went wrong. @param error its name and stack are told, its message is not */
export function logFailure(event: string, error?: unknown, fields: LogFields = {}): void {
  console.error(JSON.stringify({ event, ...fields, ...(error === undefined ? {} : errorFields(error)) }));
}

/**
 * An error's name and the places where it passed. The message is left out: it could quote a patient's data. A stack begins
 * with the message, which may have several lines, so only its lines of places are kept.
 */
function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  // A message could hold a line that looks like a place; it comes first, and is cut off with the message.
  const said = error.message.split('\n').filter((line) => /^\s+at /.test(line)).length;
  return { error: error.name, stack: places.slice(said, said + STACK_LINES).join('\n') };
}

const STACK_LINES = 12;
