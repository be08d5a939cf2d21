/**
 * The directory of an archive of very many studies, simulated: its bytes in the first database, and what a search asks of how many
 * databases. Studies of the first database are not in it.
 *
 *     npm run measure:directory -- [--instances 1000000000] [--per-study 500] [--databases 200] [--sample 1000000]
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '1000000000' },
    'per-study': { type: 'string', default: '500' },
    databases: { type: 'string', default: '200' },
    sample: { type: 'string', default: '1000000' },
  },
});
const databases = Number(values.databases);
const all = Number(values.instances) / Number(values['per-study']);
const studies = Math.round((all * (databases - 1)) / databases);
const sample = Math.min(studies, Number(values.sample));

/** What requests to D1 cost: docs/decisions.md, "Beyond one database". */
const AT_ONCE = 5;
const OF_A_REQUEST = 1000;

const [, table = ''] =
  /(CREATE TABLE study_place[\s\S]*?;)/.exec(
    readFileSync(new URL('../../migrations/0012_several_databases.sql', import.meta.url), 'utf8'),
  ) ?? [];
const database = new DatabaseSync(':memory:');
database.exec(table);
const insert = database.prepare('INSERT INTO study_place VALUES (?, ?)');
database.exec('BEGIN');
for (let at = 0; at < sample; at += 1) insert.run(uid(), 2 + Math.floor((at * (databases - 1)) / sample));
database.exec('COMMIT');
const { page_count: pages } = /** @type {{ page_count: number }} */ (database.prepare('PRAGMA page_count').get());
const bytes = (pages * 4096) / sample;

console.log(
  `${all.toLocaleString('en')} studies in ${databases} databases; ${sample.toLocaleString('en')} rows were written.`,
);
console.log(
  `A row of the directory: ${bytes.toFixed(0)} bytes. All: ${((bytes * studies) / 1e6).toFixed(0)} MB in the first database.`,
);
const rounds = Math.ceil(databases / AT_ONCE);
console.log(`A search of all databases: ${databases} statements of ${OF_A_REQUEST}, ${rounds} one after the other.`);
let asked = 1;
let waves = 1;
for (let together = 1; asked < databases; together *= 2, waves += 1) asked += Math.min(together, AT_ONCE);
console.log(
  `A list by date that finds too few everywhere: ${waves} after each other. Most lists: 1 and the directory's dates, ${databases} rows.`,
);

/** A UID as modalities make it: a root, a device, a time and a counter. */
function uid() {
  const digits = (/** @type {number} */ count) => Array.from({ length: count }, () => randomInt(10)).join('');
  return `1.2.840.113619.2.${randomInt(400)}.3.${digits(10)}.${randomInt(1000)}.${digits(10)}.${randomInt(1000)}`;
}
