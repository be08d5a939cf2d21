/**
 * `npm run check:clinic`: what goes wrong in a clinic, by DCMTK against the gateway, with the archive that `npm start`
 * runs: a study that is sent twice, a sender that is not in the list, a full disk, an instance longer than a request of
 * the archive, ten thousand matches, a cancelled query, an unknown destination. `-- --matches N`. It mounts a small
 * file system for the full disk, and leaves that out where it may not.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../../scripts/support/free-port.mjs';
import { storeBody } from '../../scripts/support/store-body.mjs';
import { fileMeta } from '../src/dicom/file-meta.mjs';
import { startFrontDoor } from './front-door.mjs';
import { gatewayProcess } from './gateway-process.mjs';
import { instanceOf, uidOf } from './instances.mjs';
import { run } from './peers/dcmtk.mjs';

const { values } = parseArgs({ options: { matches: { type: 'string', default: '10000' } } });
const MATCHES = Number(values.matches);

/** Bytes of the file system that becomes full, and of each instance. */
const DISK_BYTES = 24_000_000;
const SLICE_BYTES = 512 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'check-clinic-'));
const port = await freePort();
const door = await startFrontDoor(join(folder, 'archive'));
let faults = 0;
const gateway = gatewayProcess(folder, configuration(port, door.origin));
try {
  await gateway.start();
  await sentTwice();
  await notInTheList();
  await longInstance();
  await queries();
  await fullDisk();
} finally {
  await gateway.end('SIGTERM');
  await door.end();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
process.exitCode = faults > 0 ? 1 : 0;

async function sentTwice() {
  const files = write('twice', 20, 4000);
  for (const round of [1, 2]) {
    const { code, output } = await storescu(port, files);
    say(`a study of 20 images, time ${round}`, code === 0, `${received(output)} acknowledged`);
    await untilEmpty(gateway);
  }
  const [stored, refused] = [await count('twice'), filesIn(gateway, 'refused')];
  say(
    'a study that was sent twice is stored once',
    stored === 20 && refused === 0,
    `${stored} stored, ${refused} refused`,
  );
}

async function notInTheList() {
  const { output } = await storescu(port, write('stranger', 1, 4000), 'STRANGER');
  say(
    'a sender that is not in the list',
    /Calling AE Title Not Recognized/i.test(output),
    'rejected with its reason',
    output,
  );
}

async function longInstance() {
  const files = write('long', 4, 31_000_000);
  const begun = Date.now();
  const { code } = await storescu(port, files);
  await untilEmpty(gateway);
  const stored = await count('long');
  say(
    'instances that are longer than a request',
    code === 0 && stored === 4 && filesIn(gateway, 'refused') === 0,
    `${stored} of 4 stored after ${((Date.now() - begun) / 1000).toFixed(0)} s`,
  );
}

async function queries() {
  await fill();
  const keys = ['-S', '-k', 'QueryRetrieveLevel=IMAGE', '-k', `StudyInstanceUID=${uidOf('many')}`];
  const images = [...keys, '-k', `SeriesInstanceUID=${uidOf('many series')}`, '-k', 'SOPInstanceUID'];
  const begun = Date.now();
  const all = await findscu(images);
  say(
    `${MATCHES} matches`,
    all.found === MATCHES && all.status === 'Success',
    `${all.found} in ${Date.now() - begun} ms, ${all.status}`,
  );
  const cancelled = await findscu([...images, '--cancel', '20']);
  say(
    'C-CANCEL after 20',
    /Cancel/.test(cancelled.status) && cancelled.found < MATCHES,
    `${cancelled.found} matches, ${cancelled.status}`,
  );
  const study = ['-S', '-k', 'QueryRetrieveLevel=STUDY', '-k', 'StudyInstanceUID'];
  for (const [what, key, want] of /** @type {const} */ ([
    ['a wildcard', 'PatientName=gate*^t?st', 3],
    ['a wildcard that matches nothing', 'PatientName=*x', 0],
    ['a list of UIDs', `StudyInstanceUID=${uidOf('many')}\\${uidOf('twice')}`, 2],
    ['a range of dates, of which no study has one', 'StudyDate=20200101-20991231', 0],
    ['modalities in study', 'ModalitiesInStudy=CT', 3],
  ])) {
    const { found, status } = await findscu([...study, '-k', key]);
    say(`C-FIND by ${what}`, found === want && status === 'Success', `${found} of ${want}, ${status}`);
  }
  const series = [
    '-S',
    '-k',
    'QueryRetrieveLevel=SERIES',
    '-k',
    `StudyInstanceUID=${uidOf('twice')}`,
    '-k',
    'SeriesInstanceUID',
  ];
  const nested = await findscu([...series, '-k', 'RequestAttributesSequence[0].ScheduledProcedureStepID']);
  say(
    'C-FIND with a key in a sequence',
    nested.found === 1 && nested.status === 'Success',
    `${nested.found} of 1, ${nested.status}`,
  );
  const move = ['-v', '-S', '-aet', 'CT1', '-aec', 'GATEWAY', '-aem', 'NOWHERE', '-k', 'QueryRetrieveLevel=STUDY'];
  const { output } = await run('movescu', [
    ...move,
    '-k',
    `StudyInstanceUID=${uidOf('twice')}`,
    '127.0.0.1',
    String(port),
  ]);
  say('C-MOVE to an unknown destination', /MoveDestinationUnknown/.test(output), 'refused with its reason', output);
}

async function fullDisk() {
  const small = join(folder, 'small');
  mkdirSync(small);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', small]).status !== 0) {
    console.log('     a full disk: this user may not mount a file system');
    return;
  }
  const cut = await freePort();
  const own = await freePort();
  // The archive cannot be reached, and no free space is asked for: the disk becomes full in the middle of an instance.
  let other = gatewayProcess(small, configuration(own, `http://127.0.0.1:${cut}`, 1));
  try {
    const files = write('full', 60, SLICE_BYTES);
    await other.start();
    const { output } = await storescu(own, files);
    const first = received(output);
    say(
      'a disk that becomes full',
      first > 30 && first < 60 && /A700|OutOfResources|Out ?of ?Resources/i.test(output),
      `${first} of 60 acknowledged`,
      output,
    );
    const again = await storescu(own, files.slice(first, first + 2));
    say('a full disk refuses', again.code !== 0 && received(again.output) === 0, 'nothing is acknowledged');
    await other.end('SIGTERM');
    // The archive is back: the outbox becomes empty, though nothing can be written but what is deleted first.
    other = gatewayProcess(small, configuration(own, door.origin, 1));
    await other.start();
    await untilEmpty(other);
    const stored = await count('full');
    say('what a full disk acknowledged is stored', stored === first, `${stored} of ${first}`);
    const rest = await storescu(own, files.slice(first));
    await untilEmpty(other);
    const all = await count('full');
    say('the rest, once there is room', rest.code === 0 && all === 60, `${all} of 60`);
  } finally {
    await other.end('SIGTERM');
    spawnSync('umount', [small]);
  }
}

/** @param {number} port @param {string} origin @param {number} [least] bytes that have to be free */
function configuration(port, origin, least = 1_000_000) {
  return `[[sender]]
aeTitle = "CT1"
addresses = ["127.0.0.1"]
mayQuery = true
[archive]
url = "${origin}/dicomweb"
[dimse]
host = "127.0.0.1"
port = ${port}
[page]
port = 0
[outbox]
minFreeBytes = ${least}
[forward]
requestBytes = 30000000
settleSeconds = 0.1
longestBackOffSeconds = 1
[query]
maxMatches = 20000
`;
}

/** Writes the files of a study. @param {string} study @param {number} images @param {number} bytes of each */
function write(study, images, bytes) {
  const into = join(folder, study);
  mkdirSync(into);
  return Array.from({ length: images }, (_, at) => {
    const path = join(into, String(at));
    writeFileSync(path, fileOf(instanceOf(study, String(at), bytes)));
    return path;
  });
}

/** @param {import('./instances.mjs').Instance} instance */
function fileOf({ sopClassUID, sopInstanceUID, transferSyntaxUID, data }) {
  return Buffer.concat([fileMeta({ sopClassUID, sopInstanceUID, transferSyntaxUID, sourceAETitle: 'CT1' }), data]);
}

/** Stores the images of the study `many` in the archive. */
async function fill() {
  const { contentType, pieces } = storeBody('clinic');
  for (let at = 0; at < MATCHES; at += 500) {
    const files = Array.from({ length: Math.min(500, MATCHES - at) }, (_, one) =>
      fileOf(instanceOf('many', String(at + one))),
    );
    const answer = await fetch(`${door.origin}/dicomweb/studies`, {
      method: 'POST',
      headers: { 'Content-Type': contentType, Accept: 'application/dicom+json' },
      body: Buffer.concat(pieces(files)),
    });
    if (answer.status !== 200) throw new Error(`the archive answers ${answer.status} to Store`);
    await answer.arrayBuffer();
  }
}

/** @param {number} to @param {readonly string[]} files @param {string} [aeTitle] */
function storescu(to, files, aeTitle = 'CT1') {
  return run('storescu', ['-v', '-xe', '-aet', aeTitle, '-aec', 'GATEWAY', '127.0.0.1', String(to), ...files]);
}

/** @param {string} output of storescu */
function received(output) {
  return output.match(/Received Store Response \(Success\)/g)?.length ?? 0;
}

/** @param {readonly string[]} options */
async function findscu(options) {
  const { output } = await run('findscu', [
    '-v',
    '-aet',
    'CT1',
    '-aec',
    'GATEWAY',
    ...options,
    '127.0.0.1',
    String(port),
  ]);
  const status = [...output.matchAll(/Received Final Find Response \(([^)]*)\)/g)].at(-1)?.[1] ?? output.slice(-300);
  return { found: output.match(/Find Response: \d+ \(Pending/g)?.length ?? 0, status };
}

/** How many images of a study the archive has. @param {string} study */
async function count(study) {
  const answer = await fetch(`${door.origin}/dicomweb/studies/${uidOf(study)}/instances?limit=1000`);
  return answer.status === 204 ? 0 : /** @type {unknown[]} */ (await answer.json()).length;
}

/** @param {ReturnType<typeof gatewayProcess>} of @param {string} name of a folder of its data */
function filesIn(of, name) {
  try {
    return readdirSync(join(of.data, name), { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
      .length;
  } catch {
    return 0;
  }
}

/** @param {ReturnType<typeof gatewayProcess>} of */
async function untilEmpty(of) {
  for (const deadline = Date.now() + 300_000; filesIn(of, 'outbox') > 0; ) {
    if (Date.now() > deadline) throw new Error('the outbox does not become empty');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** @param {string} what @param {boolean} isRight @param {string} detail @param {string} [output] is shown if it is wrong */
function say(what, isRight, detail, output = '') {
  if (!isRight) faults += 1;
  console.log(`${isRight ? 'ok   ' : 'FAULT'} ${what}: ${detail}`);
  if (!isRight && output) console.log(output.trim().split('\n').slice(-8).join('\n'));
}
