import { readFileSync, writeFileSync } from 'node:fs';

/** Where the data may be kept; with `none` Cloudflare chooses. The choice is made once and cannot be changed later. */
export const JURISDICTIONS = /** @type {const} */ (['none', 'eu', 'us', 'fedramp']);

/** @typedef {(typeof JURISDICTIONS)[number]} Jurisdiction */

/**
 * @param {string | undefined} given in any case
 * @returns {Jurisdiction}
 * @throws when there is no such jurisdiction: the data must not be kept in a place that was not chosen
 */
export function jurisdictionOf(given) {
  const known = JURISDICTIONS.find((each) => each === given?.trim().toLowerCase());
  if (known !== undefined) return known;
  const unknown = given === undefined ? '' : ` There is no jurisdiction "${given}".`;
  throw new Error(
    `Choose where the data may be kept: --jurisdiction ${JURISDICTIONS.join('|')}. It cannot be changed later.${unknown}`,
  );
}

/**
 * What `--jurisdiction` says to each kind of run.
 * @param {{ create: boolean, jurisdiction?: string | undefined }} options
 * @throws for one that is not known, and for one that would have no effect
 */
export function checkJurisdiction({ create, jurisdiction }) {
  if (jurisdiction === undefined) return;
  jurisdictionOf(jurisdiction);
  if (!create)
    throw new Error(
      '--jurisdiction goes with --create alone: what exists keeps the jurisdiction with which it was made.',
    );
}
/**
 * @typedef {(args: string[]) => Promise<string>} Wrangler runs wrangler;
 * @returns what it wrote; rejects with that when it fails
 */

/**
 * The resources of a deployment, by the names in the two configurations.
 * @typedef {object} Names
 * @property {string} database
 * @property {string} bucket
 * @property {string[]} queues the dead-letter queue too
 * @property {string} pages
 */

/**
 * One resource of the account: how to find it, and how to create it if it does not exist.
 * @typedef {object} Step
 * @property {string} title
 * @property {string[]} find
 * @property {(output: string) => string | undefined} found reads the output of `find`; undefined: there is none
 * @property {RegExp} [absent] the error of `find` when there is none
 * @property {string[]} make
 */

/**
 * @param {Names} names
 * @param {Jurisdiction} jurisdiction
 * @returns {Step[]}
 */
export function creationPlan({ database, bucket, queues, pages }, jurisdiction) {
  const within = optionsOf(jurisdiction);
  return [
    databaseStep(database, jurisdiction),
    bucketStep(bucket, jurisdiction),
    ...queues.map((queue) => ({
      title: `Queue ${queue}`,
      find: ['queues', 'info', queue],
      found: () => queue,
      absent: /does not exist|not found/i,
      make: ['queues', 'create', queue, ...within],
    })),
    {
      title: `Pages project ${pages}`,
      find: ['pages', 'project', 'list', '--json'],
      found: (output) => listed(output, 'Project Name', pages)?.['Project Name'],
      make: ['pages', 'project', 'create', pages, '--production-branch', 'main'],
    },
  ];
}

/**
 * @param {string} name
 * @param {Jurisdiction} jurisdiction
 * @returns {Step} it finds the id of the database
 */
export function databaseStep(name, jurisdiction) {
  return {
    title: `D1 database ${name}`,
    find: ['d1', 'list', '--json'],
    found: (output) => listed(output, 'name', name)?.uuid,
    make: ['d1', 'create', name, '--update-config=false', ...optionsOf(jurisdiction)],
  };
}

/**
 * @param {string} name
 * @param {Jurisdiction} jurisdiction
 * @returns {Step}
 */
export function bucketStep(name, jurisdiction) {
  const within = optionsOf(jurisdiction);
  return {
    title: `R2 bucket ${name}`,
    find: ['r2', 'bucket', 'info', name, '--json', ...within],
    found: () => name,
    absent: /does not exist|10006|not found/i,
    make: ['r2', 'bucket', 'create', name, '--update-config=false', ...within],
  };
}

/** @param {Jurisdiction} jurisdiction */
function optionsOf(jurisdiction) {
  return jurisdiction === 'none' ? [] : ['--jurisdiction', jurisdiction];
}

/**
 * Creates the resources that do not exist yet. After a failure it can be run again and continues.
 * @param {readonly Step[]} plan
 * @param {Wrangler} wrangler
 * @param {(line: string) => void} progress
 * @returns {Promise<string>} the database's id
 */
export async function create(plan, wrangler, progress) {
  const ids = [];
  for (const step of plan) {
    const before = await look(step, wrangler);
    progress(`${step.title}: ${before === undefined ? 'created' : 'is there already'}`);
    if (before === undefined) await wrangler(step.make);
    const now = before ?? (await look(step, wrangler));
    if (now === undefined) throw new Error(`${step.title} was created, but cannot be found.`);
    ids.push(now);
  }
  return /** @type {string} */ (ids[0]);
}

/** @param {Step} step @param {Wrangler} wrangler */
async function look({ find, found, absent }, wrangler) {
  try {
    return found(await wrangler(find));
  } catch (error) {
    if (absent?.test(String(error))) return undefined;
    throw error;
  }
}

/**
 * Finds the item of a JSON list whose property has this value. Wrangler may write lines before the JSON.
 * @param {string} output @param {string} property @param {string} value
 * @returns {Record<string, string> | undefined}
 */
export function listed(output, property, value) {
  const start = output.search(/^\[/m);
  if (start < 0) throw new Error(`wrangler did not list anything:\n${output}`);
  return JSON.parse(output.slice(start, output.lastIndexOf(']') + 1)).find(
    (/** @type {Record<string, string>} */ item) => item[property] === value,
  );
}

/**
 * Writes the database's id and the bucket's jurisdiction into the Worker's configuration.
 * @param {string} file wrangler.toml
 * @param {string} databaseId
 * @param {Jurisdiction} jurisdiction
 */
export function writeIds(file, databaseId, jurisdiction) {
  const text = readFileSync(file, 'utf8');
  // The first of each is the deployment's own; those of other archives come after.
  const place = /^database_id = ".*"$/m;
  const bucket = /^(bucket_name = ".*")\n(?:jurisdiction = .*\n)?/m;
  if (!place.test(text) || !bucket.test(text)) throw new Error(`${file} has no place for the database's id.`);
  const within = jurisdiction === 'none' ? '' : `jurisdiction = "${jurisdiction}"\n`;
  writeFileSync(
    file,
    text.replace(place, `database_id = "${databaseId}"`).replace(bucket, (_, line) => `${line}\n${within}`),
  );
}
