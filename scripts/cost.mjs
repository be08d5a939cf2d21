import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ASSUMED, bill, others, sum, usage } from './cost/bill.mjs';
import { document } from './cost/document.mjs';

/** `npm run cost`: what a month of a site costs. */
const HELP = `npm run cost -- --studies-per-day N [--slices N] [--years N] [--no-copies]
                [--infrequent-after-days N]
npm run cost -- --docs        writes docs/cost.md, which names all assumptions`;

function main() {
  const { values } = parseArgs({
    options: {
      'studies-per-day': { type: 'string' },
      slices: { type: 'string', default: '500' },
      years: { type: 'string', default: '5' },
      'no-copies': { type: 'boolean', default: false },
      'infrequent-after-days': { type: 'string' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.docs) return writeFileSync(new URL('../docs/cost.md', import.meta.url), document());
  if (values.help || values['studies-per-day'] === undefined) return console.log(HELP);
  const site = {
    ...ASSUMED,
    copies: !values['no-copies'],
    studiesPerDay: positive('studies-per-day', values['studies-per-day']),
    slices: positive('slices', values.slices),
    years: positive('years', values.years),
    ...(values['infrequent-after-days'] && {
      infrequentAfterDays: positive('infrequent-after-days', values['infrequent-after-days']),
    }),
  };
  const lines = bill(site);
  for (const [line, dollars] of Object.entries(lines)) show(line, dollars);
  show('a month, Cloudflare', sum(lines));
  for (const [peer, dollars] of Object.entries(others(site))) show(`a month, ${peer}`, dollars);
  const { bucket, database } = usage(site);
  console.log(`\nR2 holds ${bucket.toFixed(0)} GB and the index ${database.toFixed(1)} GB after ${site.years} years.`);
  if (database > 10) console.log('One D1 database holds 10 GB: divide the studies among several archives.');
}

/** @param {string} name @param {string} text */
function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0.`);
  return value;
}

/** @param {string} line @param {number} dollars */
function show(line, dollars) {
  console.log(`${line.padEnd(40)} ${dollars.toFixed(2).padStart(12)} USD`);
}

try {
  main();
} catch (error) {
  console.error(`npm run cost: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
