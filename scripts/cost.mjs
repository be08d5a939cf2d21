import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ASSUMED, bill, others, sum, usage } from './cost/bill.mjs';
import { document } from './cost/document.mjs';
import { readArguments } from './support/read-arguments.mjs';

/** `npm run cost`: what a month of a site costs. */
const HELP = `npm run cost -- --studies-per-day N [--slices N] [--years N] [--no-copies]
                [--infrequent-after-days N]
npm run cost -- --docs        writes docs/cost.md, which names all assumptions`;

function main() {
  const options = readArguments('cost', readOptions);
  if (options === 'help') return console.log(HELP);
  if (options === 'docs') return writeFileSync(new URL('../docs/cost.md', import.meta.url), document());
  const site = { ...ASSUMED, ...options };
  const lines = bill(site);
  for (const [line, dollars] of Object.entries(lines)) show(line, dollars);
  show('a month, Cloudflare', sum(lines));
  for (const [peer, dollars] of Object.entries(others(site))) show(`a month, ${peer}`, dollars);
  const { bucket, database } = usage(site);
  console.log(`\nR2 holds ${bucket.toFixed(0)} GB and the index ${database.toFixed(1)} GB after ${site.years} years.`);
  if (database > 10) {
    console.log('One D1 database holds 10 GB: the archive needs further ones by then (npm run archives -- grow).');
  }
}

/** Throws what is wrong with the arguments. */
function readOptions() {
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
  if (values.help) return 'help';
  if (values.docs) return 'docs';
  const infrequent = values['infrequent-after-days'];
  return {
    copies: !values['no-copies'],
    studiesPerDay: positive('studies-per-day', values['studies-per-day']),
    slices: positive('slices', values.slices),
    years: positive('years', values.years),
    ...(infrequent !== undefined && { infrequentAfterDays: positive('infrequent-after-days', infrequent) }),
  };
}

/** @param {string} name @param {string | undefined} text */
function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0.`);
  return value;
}

/** @param {string} line @param {number} dollars */
function show(line, dollars) {
  console.log(`${line.padEnd(40)} ${dollars.toFixed(2).padStart(12)} USD`);
}

main();
