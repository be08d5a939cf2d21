import { counted } from './support/counted.mjs';
import { post, readPlace, run } from './support/maintenance.mjs';
import { ARCHIVE_USAGE } from './support/named-archive.mjs';
import { ofInstance } from './support/of-instance.mjs';

/** `npm run verify`: compares the bucket of an archive with its index, over HTTP, until everything was looked at. */
const USAGE = `npm run verify -- --base URL [--key KEY] [--archive NAME] [--lengths-only] [--restart]

${ARCHIVE_USAGE}
  --lengths-only   compares the lengths of the files, and reads none
  --restart        begins again, also when a verification is under way

It exits with 0 when there are no faults, 1 when there are, and 2 when it could not finish.`;

async function main() {
  const place = readPlace(process.argv.slice(2), process.env, '/verification', ['lengths-only', 'restart']);
  if (place === 'help') return console.log(USAGE);
  const { flags } = place;
  let answer = await post(place, 'verification', {
    digests: !flags.has('lengths-only'),
    restart: flags.has('restart'),
  });
  while (answer.verification.finishedAt === null) {
    showProgress(answer);
    answer = await post(place, 'verification', {});
  }
  showProgress(answer);
  for (const { kind, subject, instance } of answer.findings) console.log(`${kind}  ${subject}${ofInstance(instance)}`);
  console.log(answer.faults === 0 ? 'No faults.' : `${counted(answer.faults, 'fault')}.`);
  if (answer.faults > 0) process.exitCode = 1;
}

/**
 * @param {{ verification: { phase: string, checked: Record<string, number>, bytesRead: number }, faults: number }} answer
 */
function showProgress({ verification: { phase, checked, bytesRead }, faults }) {
  const counts = Object.entries(checked).map(([of, count]) => `${of} ${count}`);
  console.log(`${phase}: ${counts.join(', ')}; ${(bytesRead / 1e6).toFixed(0)} MB read; ${counted(faults, 'fault')}`);
}

run('verify', main);
