import { progressOf, progressText, speedometer } from '../../viewer/upload/progress.mjs';

/** @typedef {import('../../viewer/upload/files/look.mjs').Item} Item */

/** Milliseconds between two pictures of a bar, and between two lines where there is no terminal. */
const BAR_MS = 150;
const LINE_MS = 10_000;
const WIDTH = 24;

/**
 * Shows how far an upload is: a bar in a terminal, otherwise a line now and then.
 * @param {readonly Item[]} items
 * @param {NodeJS.WriteStream} output
 */
export function meterOf(items, output) {
  const speed = speedometer();
  const isBar = output.isTTY === true;
  let shownAt = 0;
  const draw = () => {
    const progress = progressOf(items);
    const text = progressText(progress, speed.at(progress.sentBytes));
    if (!isBar) return output.write(`${text}\n`);
    const part = progress.bytes === 0 ? 1 : progress.doneBytes / progress.bytes;
    const full = Math.round(part * WIDTH);
    const line = `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}] ${Math.floor(part * 100)} %  ${text}`;
    return output.write(`\r\x1b[K${line.slice(0, (output.columns ?? 80) - 1)}`);
  };
  return {
    /** Something has changed. */
    change() {
      const now = Date.now();
      if (now - shownAt < (isBar ? BAR_MS : LINE_MS)) return;
      shownAt = now;
      draw();
    },
    /** @param {string} text is shown above the bar */
    say(text) {
      output.write(isBar ? `\r\x1b[K${text}\n` : `${text}\n`);
      shownAt = 0;
    },
    end() {
      draw();
      if (isBar) output.write('\n');
    },
  };
}
