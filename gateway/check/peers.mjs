/**
 * `npm run check:peers`: programs of others against the gateway, with the archive that `npm start` runs: DCMTK's echoscu,
 * storescu (each transfer syntax of a folder of files), findscu, movescu and getscu; Orthanc as a sender, as a destination of
 * C-MOVE, as one that queries and retrieves, and as one that asks for storage commitment. `-- --files DIR`;
 * `--compress`: the gateway compresses.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../../scripts/support/free-port.mjs';
import { startFrontDoor } from './front-door.mjs';
import { gatewayProcess } from './gateway-process.mjs';
import { findAll, getAll, moveTo, run, startStorescp, storeBySyntax } from './peers/dcmtk.mjs';
import { samplesIn } from './peers/files.mjs';
import { startPeer } from './peers/orthanc.mjs';
import { storeAll } from './sender.mjs';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: new URL('../../../shared/corpus', import.meta.url).pathname },
    compress: { type: 'boolean', default: false },
  },
});
/** Label Map Segmentation, and Microscopy Bulk Simple Annotations: DCMTK 3.6.7 does not ask for them. */
const UNKNOWN_TO_DCMTK = new Set(['1.2.840.10008.5.1.4.1.1.66.7', '1.2.840.10008.5.1.4.1.1.91.1']);

/**
 * @typedef {import('./peers/dcmtk.mjs').To} To
 * @typedef {any} Row DICOM JSON of a search's result
 */

const CALLING = ['ECHOSCU', 'STORESCU', 'FINDSCU', 'MOVESCU', 'GETSCU', 'ORTHANC'];

const folder = mkdtempSync(join(tmpdir(), 'check-peers-'));
const ports = { gateway: await freePort(), storescp: await freePort(), orthanc: await freePort() };
const door = await startFrontDoor(join(folder, 'archive'));
const gateway = gatewayProcess(folder, configuration());
const received = join(folder, 'received');
mkdirSync(received);
const storescp = startStorescp(ports.storescp, received);
const orthanc = await startPeer(ports.orthanc, ports.gateway);
let faults = 0;
try {
  await gateway.start();
  await check();
} finally {
  await orthanc?.stop();
  storescp.kill('SIGKILL');
  await gateway.end('SIGTERM');
  await door.end();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
if (faults > 0) process.exitCode = 1;

async function check() {
  const to = { port: ports.gateway, folder };
  const echo = await run('echoscu', ['-aec', 'GATEWAY', '127.0.0.1', String(ports.gateway)]);
  say('echoscu', echo.code === 0, '');
  await checkStores(to);
  const studies = await archived('/studies');
  const series = await archived('/series');
  const instances = await archived('/instances');
  const uids = studies.map((row) => row['0020000D'].Value[0]);
  await checkQueries(to, studies, series, instances);
  await checkRetrievals(to, uids, instances);
  if (orthanc === undefined) console.log('Orthanc: not on this machine');
  else await checkOrthanc(orthanc, to, uids, instances);
}

/** @param {To} to */
async function checkStores(to) {
  const samples = samplesIn(values.files);
  for (const [transferSyntaxUID, files] of samples) {
    const { sent, asked, output } = await storeBySyntax(to, transferSyntaxUID, files);
    if (/Unknown Transfer Syntax|Unsupported transfer syntax/.test(output)) {
      const statuses = await storeAll({ port: ports.gateway, callingAETitle: 'STORESCU' }, files);
      const taken = statuses.filter((status) => status === 0).length;
      say(
        `our own SCU ${transferSyntaxUID}`,
        taken === files.length,
        `${taken} of ${files.length}; DCMTK does not know it`,
      );
    } else
      say(
        `storescu ${transferSyntaxUID}`,
        sent === asked,
        `${sent} of ${asked}, ${files.length - asked} unreadable for DCMTK`,
        output,
      );
  }
  const forwarded = await untilForwarded();
  say('forwarded', forwarded.refused === 0, `${forwarded.stored} stored, ${forwarded.refused} refused`);
}

/**
 * @param {To} to
 * @param {Row[]} studies of the archive
 * @param {Row[]} series
 * @param {Row[]} instances
 */
async function checkQueries(to, studies, series, instances) {
  for (const [model, level, want] of /** @type {const} */ ([
    ['-P', 'PATIENT', new Set(studies.map(idOf)).size],
    ['-S', 'STUDY', studies.length],
  ])) {
    const found = await findAll(to, model, level, []);
    say(`findscu ${level}`, found === want, `${found} of ${want}`);
  }
  const [study] = studies.map((one) => one['0020000D'].Value[0]);
  const inStudy = (/** @type {any[]} */ list) => list.filter((one) => one['0020000D'].Value[0] === study);
  const foundSeries = await findAll(to, '-S', 'SERIES', [`StudyInstanceUID=${study}`]);
  say('findscu SERIES', foundSeries === inStudy(series).length, `${foundSeries} of ${inStudy(series).length}`);
  const [one] = inStudy(series).map((row) => row['0020000E'].Value[0]);
  const inSeries = instances.filter((row) => row['0020000E'].Value[0] === one);
  const foundImages = await findAll(to, '-S', 'IMAGE', [`StudyInstanceUID=${study}`, `SeriesInstanceUID=${one}`]);
  say('findscu IMAGE', foundImages === inSeries.length, `${foundImages} of ${inSeries.length}`);
}

/**
 * @param {To} to
 * @param {string[]} uids of the studies
 * @param {Row[]} instances
 */
async function checkRetrievals(to, uids, instances) {
  const others = instances.filter((row) => UNKNOWN_TO_DCMTK.has(row['00080016'].Value[0]));
  const fixed = await unconvertible(instances);
  for (const [sopInstanceUID, why] of fixed)
    console.log(`     cannot be converted by the archive: ${sopInstanceUID}, ${why}`);
  let moved = 0;
  for (const uid of uids) moved += (await moveTo(to, 'STORESCP', uid)).completed;
  const files = readdirSync(received).length;
  // storescp takes some of the others as they are.
  const least = instances.length - fixed.size - others.length;
  const isAll = moved === files && moved >= least;
  say('movescu to storescp', isAll, `${moved} of ${instances.length}, ${files} files`);
  tellMissing(instances, received);
  const got = join(folder, 'got');
  mkdirSync(got);
  let completed = 0;
  for (const uid of uids) completed += await getAll(to, uid, got);
  tellMissing(instances, got);
  const gotFiles = readdirSync(got).length;
  say('getscu', completed === gotFiles && completed >= least, `${completed} of ${instances.length}, ${gotFiles} files`);
}

/**
 * @param {NonNullable<Awaited<ReturnType<typeof startPeer>>>} peer
 * @param {To} to
 * @param {string[]} uids of the studies
 * @param {Row[]} instances
 */
async function checkOrthanc(peer, to, uids, instances) {
  let taken = 0;
  for (const uid of uids) taken += (await moveTo(to, 'ORTHANC', uid)).completed;
  say('movescu to Orthanc', taken === instances.length, `${taken} of ${instances.length}, has ${await peer.count()}`);
  const study = /** @type {string} */ (uids[0]);
  const inStudy = instances.filter((one) => one['0020000D'].Value[0] === study).length;
  const again = await peer.retrieve(study);
  say('Orthanc queries and retrieves', again === inStudy, `${again} of ${inStudy}`);
  const own = await peer.sendNew();
  await untilForwarded();
  const arrived = (await archived(`/studies/${own.study}/instances`)).length;
  say('Orthanc sends', arrived === own.instances, `${arrived} of ${own.instances}`);
  const { status, committed } = await peer.commit(own.study);
  say(
    'Orthanc gets storage commitment',
    status === 'Success' && committed === own.instances,
    `${committed} of ${own.instances}, ${status}`,
  );
}

function configuration() {
  const senders = CALLING.map(
    (title) => `[[sender]]\naeTitle = "${title}"\naddresses = ["127.0.0.1"]\nmayQuery = true\n`,
  );
  const peers = Object.entries({ STORESCP: ports.storescp, ORTHANC: ports.orthanc }).map(
    ([title, port]) => `[[peer]]\naeTitle = "${title}"\nhost = "127.0.0.1"\nport = ${port}\n`,
  );
  return `${senders.join('')}${peers.join('')}
[archive]
url = "${door.origin}/dicomweb"
[dimse]
host = "127.0.0.1"
port = ${ports.gateway}
[page]
port = 0
[outbox]
minFreeBytes = 1000000
[forward]
settleSeconds = 0.1
compress = ${values.compress}
`;
}

/** Waits until the outbox is empty. */
async function untilForwarded() {
  const files = (/** @type {string} */ name) =>
    existsSync(join(gateway.data, name))
      ? readdirSync(join(gateway.data, name), { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
      : [];
  for (const deadline = Date.now() + 300_000; files('outbox').length > 0; ) {
    if (Date.now() > deadline) throw new Error('the outbox does not become empty');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const refused = files('refused').filter(({ name }) => name.endsWith('.json')).length;
  return { stored: (await archived('/instances')).length, refused };
}

/**
 * Instances that the archive does not convert to explicit VR little endian, with its reason.
 * @param {readonly any[]} instances
 * @returns {Promise<Map<string, string>>}
 */
async function unconvertible(instances) {
  const found = new Map();
  for (const row of instances) {
    const [study, series, instance] = ['0020000D', '0020000E', '00080018'].map((tag) => row[tag].Value[0]);
    const url = `${door.origin}/dicomweb/studies/${study}/series/${series}/instances/${instance}`;
    const answer = await fetch(url, { headers: { Accept: 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1' } });
    if (answer.ok) await answer.arrayBuffer();
    else found.set(instance, `${answer.status} ${(await answer.text()).slice(0, 200)}`);
  }
  return found;
}

/** All results of a search of the archive. @param {string} path @returns {Promise<any[]>} */
async function archived(path) {
  const answer = await fetch(`${door.origin}/dicomweb${path}?limit=5000&includefield=00100020`);
  return /** @type {any[]} */ (await answer.json());
}

/** Says which instances have no file in a folder. @param {readonly any[]} instances @param {string} of the folder */
function tellMissing(instances, of) {
  // DCMTK puts the modality before the UID.
  const uids = new Set(readdirSync(of).map((name) => name.slice(name.indexOf('.') + 1)));
  for (const row of instances) {
    const [uid, sopClass, syntax] = ['00080018', '00080016', '00083002'].map((tag) => row[tag]?.Value?.[0]);
    if (!uids.has(uid)) console.log(`     not received: ${uid}, SOP class ${sopClass}, stored as ${syntax}`);
  }
}

/** @param {any} row */
function idOf(row) {
  return row['00100020']?.Value?.[0];
}

/** @param {string} what @param {boolean} isRight @param {string} detail @param {string} [output] is shown if it is wrong */
function say(what, isRight, detail, output = '') {
  if (!isRight) faults += 1;
  console.log(`${isRight ? 'ok   ' : 'FAULT'} ${what}${detail && `: ${detail}`}`);
  if (!isRight && output) console.log(output.trim().split('\n').slice(-8).join('\n'));
}
