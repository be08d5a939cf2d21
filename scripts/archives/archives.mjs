import { readFileSync, writeFileSync } from 'node:fs';
import { bucketStep, create, databaseStep } from '../deploy/create.mjs';
import { archivesOf, linesOf, linesOfDatabase, withArchive, withDatabase, withoutArchive } from './configuration.mjs';

/** @typedef {import('./configuration.mjs').ConfiguredArchive} ConfiguredArchive */
/** @typedef {import('../deploy/create.mjs').Jurisdiction} Jurisdiction */

/**
 * Where the command works, and by what.
 * @typedef {object} Place
 * @property {string} file wrangler.toml
 * @property {import('../deploy/create.mjs').Wrangler} wrangler
 * @property {() => Promise<void>} deploy migrates all databases and deploys
 * @property {(line: string) => void} say
 */

/**
 * The archives of the deployment, a line each.
 * @param {string} file wrangler.toml
 */
export function listArchives(file) {
  return archivesOf(readFileSync(file, 'utf8')).map(
    ({ name, database, further = [], bucket, prefix, jurisdiction, settings }) =>
      `${name}  ${[database, ...further].map((each, at) => `database${at === 0 ? '' : ` ${at + 1}`} ${each}`).join(', ')}, bucket ${bucket}${prefix && `/${prefix}`}, jurisdiction ${jurisdiction}${
        Object.keys(settings).length === 0 ? '' : `, ${JSON.stringify(settings)}`
      }`,
  );
}

/**
 * Adds an archive to the deployment. What is there already is used, so after a failure the command is run again.
 * @param {{ name: string, jurisdiction?: Jurisdiction | undefined, ownBucket: boolean, dryRun: boolean }} wanted
 * @param {Place} place
 */
export async function addArchive(wanted, { file, wrangler, deploy, say }) {
  const text = readFileSync(file, 'utf8');
  const known = archivesOf(text);
  const there = known.find(({ name }) => name === wanted.name);
  const archive = planned(wanted, known);
  if (there !== undefined) refuseAnotherPlace(archive, there, wanted);
  const { name, database, bucket, prefix, jurisdiction } = there ?? archive;
  const plan = [databaseStep(database, jurisdiction), ...(prefix === '' ? [bucketStep(bucket, jurisdiction)] : [])];
  if (wanted.dryRun) {
    say('Unless it exists already:');
    for (const { make } of plan) say(`wrangler ${make.join(' ')}`);
    if (there === undefined) say(`\nAdded to wrangler.toml:\n\n${linesOf(archive)}`);
    return say('Then every database is migrated, and the Worker and the viewer are deployed. Nothing was done.');
  }
  const databaseID = await create(plan, wrangler, say);
  if (there === undefined) {
    writeFileSync(file, withArchive(text, { ...archive, databaseID }));
    say(`wrangler.toml: added archive ${name}`);
    say('A database that exists already keeps its content and its jurisdiction.');
  } else if (there.databaseID !== databaseID) {
    throw new Error(`wrangler.toml: ${database} has the id ${databaseID}, not ${there.databaseID}.`);
  }
  await deploy();
  say(
    `\nThe archive answers at /archives/${name}/dicomweb and /archives/${name}/wado; the viewer at /?archive=${name}.`,
  );
  say(`Only roles that name it give access to it: archives = ["${name}"], or ["*"], in ROLES.`);
}

/**
 * Gives an archive one more database, to which new studies come from then on. The archive answers all the time. After a failure
 * the command is run again.
 * @param {{ name: string, dryRun: boolean }} wanted
 * @param {Place} place
 */
export async function growArchive({ name, dryRun }, { file, wrangler, deploy, say }) {
  const text = readFileSync(file, 'utf8');
  const archive = archivesOf(text).find((each) => each.name === name);
  if (!archive?.database) throw new Error(`wrangler.toml has no archive ${name} with a database.`);
  const { database, further = [], jurisdiction } = archive;
  const number = further.length + 2;
  // No name of an archive has an underscore.
  const wanted = `${database}_${number}`;
  const plan = [databaseStep(wanted, jurisdiction)];
  if (dryRun) {
    say('Unless it exists already:');
    for (const { make } of plan) say(`wrangler ${make.join(' ')}`);
    say(`\nAdded to wrangler.toml:\n\n${linesOfDatabase(name, number, wanted, '')}`);
    return say('Then every database is migrated, and the Worker and the viewer are deployed. Nothing was done.');
  }
  const databaseID = await create(plan, wrangler, say);
  writeFileSync(file, withDatabase(text, linesOfDatabase(name, number, wanted, databaseID)));
  say(`wrangler.toml: added database ${number} of the archive ${name}`);
  try {
    await deploy();
  } catch (error) {
    say('It is in wrangler.toml now: `npm run deploy` continues. Running this command again would add a further one.');
    throw error;
  }
  say(`\nNew studies of the archive ${name} come to ${wanted}. Studies that are there stay where they are.`);
  say('Keep wrangler.toml: without the binding of one of its databases, the archive answers with 503.');
}

/**
 * Takes an archive out of the deployment. Its data stays where it is.
 * @param {{ name: string, dryRun: boolean }} wanted
 * @param {Place} place
 */
export async function retireArchive({ name, dryRun }, { file, deploy, say }) {
  const before = readFileSync(file, 'utf8');
  const archive = archivesOf(before).find((each) => each.name === name);
  if (archive === undefined) throw new Error(`wrangler.toml has no archive ${name}.`);
  const { text, removed } = withoutArchive(before, name);
  if (dryRun) {
    say(`Taken out of wrangler.toml:\n\n${removed}`);
    say('Then the Worker and the viewer are deployed. Nothing is deleted. Nothing was done.');
  } else {
    writeFileSync(file, text);
    say(`wrangler.toml: took out archive ${name}`);
    await deploy();
    say(`\nThe deployment does not have the archive ${name} any more. Nothing was deleted.`);
  }
  const { database, databaseID, further = [], bucket, prefix, jurisdiction } = archive;
  if (further.length > 0) {
    say(
      `Its index is also in ${further.join(', ')}: to bring it back, their bindings above are written again by hand.`,
    );
  }
  say(
    `Its index is in the D1 database ${database} (${databaseID}), its files are in the R2 bucket ${bucket}${prefix && `, under ${prefix}`}.`,
  );
  say(
    `To bring it back: npm run archives -- add ${name} --jurisdiction ${jurisdiction}${prefix === '' ? ' --own-bucket' : ''}`,
  );
  if (Object.keys(archive.settings).length > 0) {
    say(`Then write its own settings again: ${JSON.stringify(archive.settings)}`);
  }
}

/**
 * The archive that is asked for, and where it is to be kept.
 * @param {{ name: string, jurisdiction?: Jurisdiction | undefined, ownBucket: boolean }} wanted
 * @param {ConfiguredArchive[]} known
 * @returns {ConfiguredArchive}
 */
function planned({ name, jurisdiction: given, ownBucket }, [own]) {
  if (!own?.database || !own.bucket) throw new Error('wrangler.toml has no database DB and no bucket BUCKET.');
  const jurisdiction = given ?? own.jurisdiction;
  // Objects under a prefix of the deployment's bucket are kept where that bucket is.
  const apart = ownBucket || jurisdiction !== own.jurisdiction;
  const bucket = apart ? `${own.bucket}-${name}` : own.bucket;
  if (bucket.length > 63) throw new Error(`The bucket's name would be longer than 63 characters: ${bucket}`);
  return {
    name,
    database: `${own.database}-${name}`,
    databaseID: '',
    bucket,
    prefix: apart ? '' : `archives/${name}/`,
    jurisdiction,
    settings: {},
  };
}

/**
 * @param {ConfiguredArchive} archive as it is asked for
 * @param {ConfiguredArchive} there as it is
 * @param {{ jurisdiction?: Jurisdiction | undefined, ownBucket: boolean }} wanted
 */
function refuseAnotherPlace(archive, there, { jurisdiction, ownBucket }) {
  const differs =
    (jurisdiction !== undefined && jurisdiction !== there.jurisdiction) ||
    (ownBucket && archive.bucket !== there.bucket);
  if (differs) {
    throw new Error(
      `The archive ${there.name} is there already, in the bucket ${there.bucket}, jurisdiction ${there.jurisdiction}. Neither can be changed.`,
    );
  }
}
