import { COMMON_USAGE, post, readPlace, run } from './support/maintenance.mjs';

/** `npm run rebuild`: makes the index of an archive again from its bucket, over HTTP, until it is complete. */
const USAGE = `npm run rebuild -- --base URL [--key KEY] [--archive NAME]

${COMMON_USAGE}

The database must be new: it has its tables and nothing else. docs/operations.md, "Rebuild the index".`;

async function main() {
  const place = readPlace(process.argv.slice(2), process.env, '/rebuild', []);
  if (place === 'help') return console.log(USAGE);
  for (;;) {
    const { finishedAt, phase, studies, storedAgain, refused } = (await post(place)).rebuild;
    console.log(`${phase}: ${studies} studies, ${storedAgain} newer files stored again, ${refused} refused`);
    if (finishedAt !== null) return;
  }
}

run('rebuild', main);
