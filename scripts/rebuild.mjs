import { counted, studies as studiesText } from './support/counted.mjs';
import { post, readPlace, run } from './support/maintenance.mjs';
import { ARCHIVE_USAGE } from './support/named-archive.mjs';

/** `npm run rebuild`: makes the index of an archive again from its bucket, over HTTP, until it is complete. */
const USAGE = `npm run rebuild -- --base URL [--key KEY] [--archive NAME] [--keep-index] [--catch-up]

${ARCHIVE_USAGE}
  --keep-index     keeps the state of a database that was put back; only files that it does not know are stored again
  --catch-up       looks for such files also when nothing shows that the database was put back

The database must be new, with its tables and nothing else (docs/operations.md, "Rebuild the index"), or one that was put back to
an earlier moment ("After Time Travel").`;

async function main() {
  const place = readPlace(process.argv.slice(2), process.env, '/rebuild', ['keep-index', 'catch-up']);
  if (place === 'help') return console.log(USAGE);
  const { flags } = place;
  let said = '';
  let body = { keepIndex: flags.has('keep-index'), catchUp: flags.has('catch-up') };
  for (;;) {
    const { finishedAt, phase, studies, storedAgain, refused, refusedFiles } = (await post(place, 'rebuild', body))
      .rebuild;
    body = { keepIndex: false, catchUp: false };
    const line = `${phase}: ${studiesText(studies)}, ${counted(storedAgain, 'newer file')} stored again, ${refused} refused`;
    // The end of a phase may say what was said before it.
    if (line !== said) console.log(line);
    said = line;
    if (finishedAt === null) continue;
    for (const { key, reason } of refusedFiles) console.log(`refused  ${key}  ${reason}`);
    if (refused > refusedFiles.length) console.log(`and ${refused - refusedFiles.length} more`);
    return;
  }
}

run('rebuild', main);
