import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ port: number, folder: string }} To the gateway, and a folder for files */

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, output: string }>}
 */
export function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/**
 * Sends files of one transfer syntax as they are.
 * @param {To} to
 * @param {string} transferSyntaxUID
 * @param {readonly { path: string, sopClassUID: string }[]} files
 * @returns {Promise<{ sent: number, asked: number, output: string }>} how many it asked to store: it leaves out files that it cannot
 *   read
 */
export async function storeBySyntax({ port, folder }, transferSyntaxUID, files) {
  const classes = [...new Set(files.map(({ sopClassUID }) => sopClassUID))];
  const path = join(folder, `${transferSyntaxUID}.cfg`);
  const contexts = classes.map((uid, at) => `PresentationContext${at + 1} = ${uid}\\TS`);
  writeFileSync(
    path,
    `[[TransferSyntaxes]]\n[TS]\nTransferSyntax1 = ${transferSyntaxUID}\n[[PresentationContexts]]\n[PC]\n${contexts.join('\n')}
[[Profiles]]\n[Default]\nPresentationContexts = PC\n`,
  );
  const options = [
    '-v',
    '-nh',
    '-xf',
    path,
    'Default',
    '-aet',
    'STORESCU',
    '-aec',
    'GATEWAY',
    '127.0.0.1',
    String(port),
  ];
  const { output } = await run('storescu', [...options, ...files.map((file) => file.path)]);
  const count = (/** @type {RegExp} */ of) => output.match(of)?.length ?? 0;
  return { sent: count(/Received Store Response \(Success\)/g), asked: count(/Sending Store Request/g), output };
}

/**
 * @param {To} to
 * @param {'-P' | '-S'} model
 * @param {string} level
 * @param {readonly string[]} keys
 * @returns {Promise<number>} matches
 */
export async function findAll({ port }, model, level, keys) {
  const wanted = {
    PATIENT: 'PatientID',
    STUDY: 'StudyInstanceUID',
    SERIES: 'SeriesInstanceUID',
    IMAGE: 'SOPInstanceUID',
  }[level];
  const own = keys.flatMap((key) => ['-k', key]);
  const options = ['-v', model, '-aec', 'GATEWAY', '-k', `QueryRetrieveLevel=${level}`, '-k', `${wanted}`, ...own];
  const { output } = await run('findscu', [...options, '127.0.0.1', String(port)]);
  return output.match(/Find Response: \d+ \(Pending/g)?.length ?? 0;
}

/**
 * Has a study sent to another application entity.
 * @param {To} to @param {string} destination @param {string} study
 */
export async function moveTo({ port }, destination, study) {
  const options = ['-d', '-S', '-aec', 'GATEWAY', '-aem', destination, '-k', 'QueryRetrieveLevel=STUDY'];
  const { output } = await run('movescu', [...options, '-k', `StudyInstanceUID=${study}`, '127.0.0.1', String(port)]);
  return { completed: lastCount(output, /Completed Suboperations\s*: (\d+)/g), output };
}

/** @param {To} to @param {string} study @param {string} into folder @returns {Promise<number>} */
export async function getAll({ port }, study, into) {
  const options = ['-d', '-S', '-aec', 'GATEWAY', '-od', into, '-k', 'QueryRetrieveLevel=STUDY'];
  const { output } = await run('getscu', [...options, '-k', `StudyInstanceUID=${study}`, '127.0.0.1', String(port)]);
  return lastCount(output, /Completed Suboperations\s*: (\d+)/g);
}

/** @param {string} output @param {RegExp} of */
function lastCount(output, of) {
  return Number([...output.matchAll(of)].at(-1)?.[1] ?? 0);
}

/** Takes everything, in any transfer syntax that DCMTK knows. @param {number} port @param {string} into folder */
export function startStorescp(port, into) {
  return spawn('storescp', ['+xa', '-aet', 'STORESCP', '-od', into, '-uf', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, TCP_NODELAY: '1' },
  });
}
