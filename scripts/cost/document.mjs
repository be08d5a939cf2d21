import { ASSUMED, bill, others, sum, usage } from './bill.mjs';
import { OPERATIONS } from './operations.mjs';

/** @typedef {import('./bill.mjs').Assumptions} Assumptions */

/** @type {readonly (readonly [name: string, studiesPerDay: number])[]} */
const SITES = [
  ['clinic', 10],
  ['hospital', 1000],
  ['network', 30_000],
];
const SLICES = 500;
const YEARS = [1, 2, 3, 4, 5];
/** Bytes of one D1 database, at most. */
const DATABASE_GB = 10;

/** The text of docs/cost.md. */
export function document() {
  const operations = Object.entries(OPERATIONS).map(
    ([name, { classA, classB, rowsRead, rowsWritten, d1, messages }]) =>
      `| ${name} | ${[classA, classB, rowsRead, rowsWritten, d1, messages].map((n) => n.toLocaleString('en')).join(' | ')} |`,
  );
  const bills = SITES.map(
    ([name, studiesPerDay]) =>
      `| ${name}, ${studiesPerDay.toLocaleString('en')} studies a day | ${YEARS.map((years) => dollars(sum(bill({ ...ASSUMED, studiesPerDay, slices: SLICES, years })))).join(' | ')} |`,
  );
  const last = SITES.map(([, studiesPerDay]) => ({ ...ASSUMED, studiesPerDay, slices: SLICES, years: 5 }));
  const [clinic, hospital] = /** @type {[Assumptions, Assumptions]} */ (/** @type {unknown} */ (last));
  const cheaper = last.map((each) => ({ ...each, copies: false, infrequentAfterDays: 90 }));
  const lines = Object.keys(bill(clinic)).map(
    (line) => `| ${line} | ${last.map((each) => dollars(/** @type {any} */ (bill(each))[line])).join(' | ')} |`,
  );
  const peers = Object.keys(others(clinic)).map(
    (peer) => `| ${peer} | ${last.map((each) => dollars(/** @type {any} */ (others(each))[peer])).join(' | ')} |`,
  );
  return `# Cost

This page is written by \`npm run cost -- --docs\`. \`npm run cost -- --studies-per-day N --slices N --years N\` prints the bill of
another site.

## What an operation costs
Measured in the local runtime: what R2 and D1 bill, and the round trips to D1. A test (\`test/conformance/operations/operation-cost.test.ts\`)
fails when an operation costs more, or a tenth less.

| operation | R2 class A | R2 class B | D1 rows read | D1 rows written | round trips to D1 | messages |
|---|---:|---:|---:|---:|---:|---:|
${operations.join('\n')}

## The bill of a month
US dollars in the last month of each year, with studies of ${SLICES} slices of 512 x 512 x 16 bits, all of which are kept.

| site | year 1 | year 2 | year 3 | year 4 | year 5 |
|---|---:|---:|---:|---:|---:|
${bills.join('\n')}

The lines of year 5, and what other services charge for storage and requests. They also charge for traffic to the internet, which is
not counted here; R2 does not charge for it.

| year 5 | ${SITES.map(([name]) => name).join(' | ')} |
|---|---:|---:|---:|
${lines.join('\n')}
| **Cloudflare, all lines** | ${last.map((each) => `**${dollars(sum(bill(each)))}**`).join(' | ')} |
| Cloudflare, no copies, and objects older than 90 days in Infrequent Access | ${cheaper.map((each) => dollars(sum(bill(each)))).join(' | ')} |
${peers.join('\n')}

Storage is nearly the whole bill, because the archive keeps each file byte for byte and a compressed copy beside it. AWS compresses
images to half their size, so that an image in its archive tier costs a third of the same image in R2's Infrequent Access class. Two settings lower the bill most: \`FRAME_COPIES = "none"\`, and
a rule of the bucket that moves old objects to Infrequent Access ([operations.md](operations.md#old-objects)).

Azure Health Data Services is missing, since its prices could not be read.

${assumptions()}

${oneDatabase(clinic, hospital)}
`;
}

/** The section about when a database is full. @param {Assumptions} clinic @param {Assumptions} hospital */
function oneDatabase(clinic, hospital) {
  const instances = (DATABASE_GB * 1e9) / ASSUMED.databaseBytes / 1e6;
  return `## One database
A D1 database holds ${DATABASE_GB} GB. At ${ASSUMED.databaseBytes} bytes an instance that is about ${instances.toFixed(0)} million instances. **Then the database is full:**
that of the clinic after ${years(clinic)} years, that of the hospital after ${days(hospital)} days and that of the network within a day. The archive then needs
another database (\`npm run archives -- grow\`). A search without dates asks all databases, and a request may send 1,000 statements to
D1. So a site of the network's size also has to divide its studies among several archives, and its bill was not measured but calculated.`;
}

/** The section about what the bills assume. */
function assumptions() {
  return `## What is assumed
- A day has the same number of studies all year. Nothing is deleted. A sender puts ${ASSUMED.slicesPerRequest} slices into one request.
- For each new study, the study list is shown ${ASSUMED.lists} times, and ${ASSUMED.views} studies, new or old, are opened and scrolled through from end
  to end, with one request for each slice. Nothing is in the browser's cache.
- One of the three opened studies is older than 90 days. Infrequent Access also charges for each GB that is read, also by the
  verification (2 GB an hour, \`VERIFY_MB_PER_HOUR\`), and about twice as much for an operation; moving an object is an operation of class A.
- \`FRAME_COPIES\` makes a copy of each slice, of half its size. Without copies, R2 stores a third less.
- The index takes ${ASSUMED.databaseBytes} bytes an instance. CPU: ${ASSUMED.storeMs} ms to store a slice, ${ASSUMED.copyMs} ms to compress it, ${ASSUMED.readMs} ms for any other request.
- AWS compresses losslessly to half the size. Image sets that were read in the last 30 days are in its frequent access tier.
- Google's searchable metadata is as large as the archive's index.`;
}

/** @param {number} amount */
function dollars(amount) {
  return amount.toLocaleString('en', { maximumFractionDigits: amount < 10 ? 2 : 0 });
}

/** @param {Assumptions} site */
function days(site) {
  return Math.floor((DATABASE_GB / usage({ ...site, years: 1 / 12 }).database) * 30);
}

/** @param {Assumptions} site */
function years(site) {
  return (days(site) / 360).toFixed(1);
}
