/** `npm run upload`: stores files, folders and ZIP files in an archive. */

import { tally } from '../viewer/upload/progress.mjs';
import { ArchiveError } from '../viewer/upload/sending/archive.mjs';
import { readArguments } from './support/read-arguments.mjs';
import { resolveSourceImports } from './support/source-imports.mjs';
import { meterOf } from './upload/meter.mjs';
import { readOptions, USAGE } from './upload/options.mjs';
import { foundText, reportJSON, reportText } from './upload/report.mjs';
import { stateFile } from './upload/state-file.mjs';

/** See USAGE. */
const Exit = { stored: 0, notAll: 1, wrong: 2, unfinished: 3, interrupted: 130 };

/** @returns {Promise<number>} the exit status */
async function main() {
  const options = readArguments('upload', () => readOptions(process.argv.slice(2), process.env));
  if (options === 'help') {
    console.log(USAGE);
    return Exit.stored;
  }
  // They recognise files by the sources of the archive.
  resolveSourceImports();
  const { lookAt } = await import('./upload/files.mjs');
  const { sendAll } = await import('./upload/send.mjs');
  const { items, leftOut, fileOf } = await lookAt(options.paths);
  console.error(foundText({ items, leftOut }));
  const areUnread = leftOut.some(({ isUnread }) => isUnread);
  const report = () => {
    if (options.isJSON) console.log(JSON.stringify(reportJSON({ items, leftOut }), undefined, 2));
    else console.log(reportText({ items, leftOut }));
  };
  if (options.isDryRun || items.length === 0) {
    report();
    return areUnread ? Exit.notAll : Exit.stored;
  }
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => interrupt.abort(new Error('It was interrupted.')));
  const meter = meterOf(items, process.stderr);
  try {
    const state = stateFile(options.stateFile);
    await sendAll(items, {
      ...options,
      fileOf,
      state,
      signal: interrupt.signal,
      onChange: meter.change,
      say: meter.say,
    });
  } catch (error) {
    meter.end();
    const { message } = /** @type {Error} */ (error);
    if (!interrupt.signal.aborted && !(error instanceof ArchiveError)) throw error;
    console.error(
      `${message} ${tally(items).stored > 0 ? 'Files that are stored stay stored. ' : ''}Run the same command again to continue.`,
    );
    return interrupt.signal.aborted ? Exit.interrupted : Exit.unfinished;
  }
  meter.end();
  report();
  return areUnread || tally(items).refused > 0 ? Exit.notAll : Exit.stored;
}

try {
  // Connections that are kept open must not hold the process.
  process.exit(await main());
} catch (error) {
  console.error(`npm run upload: ${error instanceof Error ? error.message : error}`);
  process.exit(Exit.wrong);
}
