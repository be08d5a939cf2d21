/** Milliseconds of work after which other requests get their turn. */
const TURN_MS = 50;

/** Milliseconds of a pause. A pause of nothing would often be too short for a request to arrive. */
const PAUSE_MS = 1;

/** The runtime's own timer, so that the work continues in a test that stops the clock. */
const { setTimeout: later } = globalThis;

/** When the runtime last looked for requests and timers, milliseconds since 1970. */
let looked = 0;

/** Pauses that were begun, and the latest of them that is over. All are equally long, so those before it are over too. */
let begun = 0;
let over = 0;

/**
 * A request has arrived: the runtime has just looked. This does not apply while work pauses, because a request of the isolate to itself arrives
 * without a look: many of them, one after the other, would let no pause end. The pause of a request that has ended counts until the
 * next pause is over.
 */
export function beginTurn(now: number): void {
  if (over === begun) looked = now;
}

/**
 * Gives other requests, and timers, their turn during long work: called before each call to R2 or D1, and after each piece that
 * is read. The local runtime has R2 and D1 in its own thread, and looks for requests and timers only when none of its work is
 * ready. A request that reads a file of gigabytes would otherwise be the only one for minutes, and no limit on its own
 * time would hold. It also lets the isolate of a deployment answer other requests during work that is bound to the CPU.
 */
export async function giveTurn(): Promise<void> {
  // Work that calls this during the pause of other work pauses too, since nothing may be ready. A clock may go back.
  if (Math.abs(Date.now() - looked) < TURN_MS) return;
  begun += 1;
  const pause = begun;
  await new Promise<void>((resolve) => later(resolve, PAUSE_MS));
  over = Math.max(over, pause);
  looked = Date.now();
}
