/** What the runtime and its databases say when the disk is full. */
const FULL = /No space left on device|SQLITE_FULL|database or disk is full/;

/** The lines that follow it: places in the runtime, which help nobody who started it. */
const PLACES = /^(stack: |\s+at )/;

/** Milliseconds between two events. Each request that writes would bring one. */
const AGAIN_MS = 60_000;

/**
 * Passes the lines of the runtime on. When the disk is full, an event takes the place of what the runtime says about it.
 * @param {string} data the folder whose disk it is
 * @param {(line: string) => void} write
 * @returns {(line: string) => void}
 */
export function withoutFullDisk(data, write) {
  /** The references by which the runtime names the same error again. @type {Set<string>} */
  const references = new Set();
  let isPlace = false;
  let saidAt = 0;
  const say = () => {
    isPlace = true;
    if (Date.now() - saidAt < AGAIN_MS) return;
    saidAt = Date.now();
    write(JSON.stringify({ event: 'disk-full', folder: data }));
  };
  return (line) => {
    // The archive's own events.
    if (line.startsWith('{')) return write(line);
    if (FULL.test(line)) return say();
    if (isPlace && PLACES.test(line)) {
      const [, reference] = /wdErrId = (\w+)/.exec(line) ?? [];
      if (reference !== undefined) references.add(reference);
      return undefined;
    }
    isPlace = references.delete(/reference = (\w+)/.exec(line)?.[1] ?? '');
    return isPlace ? undefined : write(line);
  };
}
