import { BackupFolder } from './backup/backup-folder.mjs';
import { readOptions } from './backup/options.mjs';
import { PuttingBack } from './backup/put-back.mjs';
import { RemoteArchive } from './backup/remote-archive.mjs';
import { counted } from './support/counted.mjs';
import { run } from './support/maintenance.mjs';
import { ARCHIVE_USAGE } from './support/named-archive.mjs';

/** `npm run restore`: puts a backup into a new, empty archive, over HTTP. */
const USAGE = `npm run restore -- --from DIR --base URL [--key KEY] [--archive NAME] [--parallel N] [--accept-loss]

  --from DIR       the folder of the backup; its last run is restored
${ARCHIVE_USAGE}
  --parallel N     studies that are restored at the same time (4)
  --accept-loss    open the archive although the rows of some studies are damaged: their deletions, labels and holds may be lost

The archive must be new and empty. After an interruption, run the command again: it continues. It names everything that is
damaged or missing in the folder, and restores the rest. While the rows of a study are damaged, the archive stays closed. It exits
with 0 when everything is restored, 1 when something is missing, and 2 when it could not finish.
docs/operations.md, "Back up and restore".`;

async function main() {
  const options = readOptions(process.argv.slice(2), process.env, 'from', ['accept-loss']);
  if (options === 'help') return console.log(USAGE);
  const { folder, parallel } = options;
  const restoring = new PuttingBack(new RemoteArchive(options), new BackupFolder(folder), {
    parallel,
    say: console.log,
    acceptLoss: options.flags.has('accept-loss'),
  });
  await restoring.run();
  for (const line of restoring.findings) console.log(line);
  console.log(
    restoring.findings.length === 0 ? 'Everything is restored.' : `${counted(restoring.findings.length, 'finding')}.`,
  );
  if (restoring.findings.length > 0) process.exitCode = 1;
}

run('restore', main);
