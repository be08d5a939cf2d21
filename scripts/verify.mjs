import { readOptions, USAGE } from './verify/options.mjs';

/** `npm run verify`: compares the bucket of an archive with its index, over HTTP, until everything was looked at. */
async function main() {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') return console.log(USAGE);
  let answer = await step(options, { digests: options.digests, restart: options.restart });
  while (answer.verification.finishedAt === null) {
    showProgress(answer);
    answer = await step(options, {});
  }
  showProgress(answer);
  for (const { kind, subject } of answer.findings) console.log(`${kind}  ${subject}`);
  console.log(answer.faults === 0 ? 'No faults.' : `${answer.faults} faults.`);
  if (answer.faults > 0) process.exitCode = 1;
}

/**
 * @typedef {{ kind: string, subject: string }} Finding
 * @typedef {{ finishedAt: string | null, phase: string, checked: Record<string, number>, bytesRead: number }} Verification
 */

/**
 * @param {import('./verify/options.mjs').Options} options
 * @param {{ digests?: boolean, restart?: boolean }} body
 * @returns {Promise<{ verification: Verification, faults: number, findings: Finding[] }>}
 */
async function step({ url, credential }, body) {
  const response = await fetch(url, {
    method: 'POST',
    // The archive does not redirect. Another server must not get the key.
    redirect: 'error',
    headers: {
      'Content-Type': 'application/json',
      ...(credential && { Authorization: `Bearer ${credential}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the archive answers ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** @param {{ verification: Verification, faults: number }} answer */
function showProgress({ verification: { phase, checked, bytesRead }, faults }) {
  const counts = Object.entries(checked).map(([of, count]) => `${count} ${of}`);
  console.log(`${phase}: ${counts.join(', ')}; ${(bytesRead / 1e6).toFixed(0)} MB read; ${faults} faults`);
}

main().catch((error) => {
  console.error(`npm run verify: ${error instanceof Error ? error.message : error}`);
  console.error('What was looked at is kept: the same command goes on from there.');
  process.exitCode = 2;
});
