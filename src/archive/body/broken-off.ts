/**
 * Ends the body of an answer that has begun, for a reason that is in the log. The client sees a connection that was lost
 * before the end of the answer (RFC 9112 8).
 */
export class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
  /**
   * With this property the runtime treats the error as a lost connection, and does not log it as an uncaught exception.
   */
  readonly retryable = true;

  /**
   * @param cause the error that breaks the answer off
   * @param log writes the reason into the log; absent: the reason has been logged
   */
  constructor(
    cause?: unknown,
    readonly log?: () => void,
  ) {
    super(undefined, { cause });
  }
}

/**
 * Makes bytes of a body before its answer begins. What would break the answer off can still be answered.
 * @throws the cause of a BrokenOff
 */
export async function beforeAnswer<Made>(make: () => Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    throw error instanceof BrokenOff && error.cause !== undefined ? error.cause : error;
  }
}
