/**
 * `npm run archives`: lists, adds, extends and retires the archives of the deployment that wrangler.toml describes;
 * moves studies.
 */
import { join } from 'node:path';
import { addArchive, growArchive, listArchives, retireArchive } from './archives/archives.mjs';
import { MOVE_USAGE, moveStudies, readMoveOptions } from './archives/move.mjs';
import { readOptions, USAGE } from './archives/options.mjs';
import { checkDeployment } from './deploy/check.mjs';
import { deploy, liveDeployment } from './deploy/steps.mjs';
import { endChildren } from './support/children.mjs';
import { ROOT } from './support/paths.mjs';
import { readArguments } from './support/read-arguments.mjs';
import { runWrangler } from './support/wrangler.mjs';

const FILE = join(ROOT, 'wrangler.toml');

const PLACE = {
  file: FILE,
  wrangler: (/** @type {string[]} */ args) => runWrangler(args, { cwd: ROOT }),
  deploy: () => deploy(liveDeployment()),
  say: (/** @type {string} */ line) => console.log(line),
};

async function main() {
  const [action, ...rest] = process.argv.slice(2);
  if (action === 'move') {
    const move = readArguments('archives', () => readMoveOptions(rest, process.env));
    return move === 'help' ? console.log(MOVE_USAGE) : await moveStudies(move, PLACE.say);
  }
  const options = readArguments('archives', () => readOptions(process.argv.slice(2)));
  if (options === 'help') return console.log(USAGE);
  if (options.action === 'list') return console.log(listArchives(FILE).join('\n'));
  if (!options.dryRun) {
    const missing = await checkDeployment();
    if (missing.length > 0) {
      throw new Error(`This cannot be deployed yet:\n${missing.map((line) => `- ${line}`).join('\n')}`);
    }
  }
  if (options.action === 'add') await addArchive(options, PLACE);
  else if (options.action === 'grow') await growArchive(options, PLACE);
  else await retireArchive(options, PLACE);
}

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => endChildren().then(() => process.exit(1)));
}

main().catch((error) => {
  console.error(`npm run archives: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
