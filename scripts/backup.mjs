import { Backup } from './backup/back-up.mjs';
import { BackupFolder } from './backup/backup-folder.mjs';
import { readOptions } from './backup/options.mjs';
import { RemoteArchive } from './backup/remote-archive.mjs';
import { counted } from './support/counted.mjs';
import { run } from './support/maintenance.mjs';
import { ARCHIVE_USAGE } from './support/named-archive.mjs';

/** `npm run backup`: copies what is new in an archive into a folder, over HTTP. */
const USAGE = `npm run backup -- --to DIR --base URL [--key KEY] [--archive NAME] [--all] [--parallel N]

  --to DIR         the folder of the backup; the same one each time
${ARCHIVE_USAGE}
  --all            reads each object in the folder; otherwise only the lengths of unchanged objects are checked
  --parallel N     objects that are copied at the same time (4)

After an interruption, run it again: it continues. Nothing is deleted from the folder. It exits with 0 when the backup is
complete, 1 when the archive or the folder has lost something, and 2 when it could not finish. docs/operations.md, "Back up and restore".`;

async function main() {
  const options = readOptions(process.argv.slice(2), process.env, 'to', ['all']);
  if (options === 'help') return console.log(USAGE);
  const { folder, parallel, flags } = options;
  const say = console.log;
  const backup = new Backup(new RemoteArchive(options), new BackupFolder(folder), {
    parallel,
    all: flags.has('all'),
    say,
  });
  await backup.run();
  say(backup.progress());
  for (const line of backup.findings) say(line);
  say(backup.findings.length === 0 ? 'The backup is complete.' : `${counted(backup.findings.length, 'finding')}.`);
  if (backup.findings.length > 0) process.exitCode = 1;
}

run('backup', main);
