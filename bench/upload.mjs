import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { zipSync } from 'fflate';
import { STOW_HEADERS, stowBody } from '../test/support/clients/stow-client.ts';
import { nativeImage, uidOf } from '../test/support/files/synthetic.ts';
import { buildWorker, startServer } from '../test/support/server/server.ts';
import { profiled } from './profile.mjs';
import { cpuMilliseconds } from './support/process.mjs';
import { median } from './support/quantiles.mjs';
import { ctSeries } from './support/series.mjs';

/*
 * Resumable uploads against plain STOW of the same bytes, in turn in one runtime. The time of an upload ends when its session is
 * closed, that is when everything is stored.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    profile: { type: 'boolean', default: false },
  },
});

const MEBIBYTE = 1024 ** 2;
const TUS = { 'Tus-Resumable': '1.0.0' };
const BYTES = { ...TUS, 'Content-Type': 'application/offset+octet-stream' };

/** @typedef {{ files: Buffer[], sent: Buffer, piece: number }} Sent what STOW sends, and the upload of the same, in pieces */

/** @type {{ title: string, of: (name: string) => Sent }[]} */
const CASES = [
  { title: 'a file of 80 MB in one request', of: (name) => ofFile(image(name, 160), 90_000_000) },
  { title: 'a file of 160 MB, 30 MiB a request', of: (name) => ofFile(image(name, 320), 30 * MEBIBYTE) },
  { title: 'a file of 160 MB, 90 MB a request', of: (name) => ofFile(image(name, 320), 90_000_000) },
  { title: 'a ZIP of 200 slices, stored', of: (name) => ofZip(name, true) },
  { title: 'a ZIP of 200 slices, deflated', of: (name) => ofZip(name, false) },
];

/** @param {string} name @param {number} frames of 512 KB */
function image(name, frames) {
  const identity = { study: uidOf(name), series: uidOf(`${name} series`), instance: uidOf(`${name} instance`) };
  return nativeImage({ ...identity, frames });
}

/** @param {Buffer} file @param {number} piece @returns {Sent} */
function ofFile(file, piece) {
  return { files: [file], sent: file, piece };
}

/** @param {string} name @param {boolean} stored @returns {Sent} */
function ofZip(name, stored) {
  const { files } = ctSeries(name);
  const members = Object.fromEntries(files.map((file, at) => [`DICOM/IM${at}`, new Uint8Array(file)]));
  return { files, sent: Buffer.from(zipSync(members, { level: stored ? 0 : 1 })), piece: 30 * MEBIBYTE };
}

const server = await startServer({
  bundle: await buildWorker(),
  inspector: values.profile,
  vars: { FRAME_COPIES: 'none', MAX_REQUEST_BYTES: '200000000' },
});
const { origin } = server;
try {
  console.log(
    row(['', 'STOW MB/s', 'upload MB/s', 'ratio', 'CPU STOW', 'CPU upload', 'ratio', 'receipt s', 'ingest s']),
  );
  for (const { title, of } of CASES.filter(({ title }) => title.includes(values.only))) await measure(title, of);
} finally {
  await server.stop();
  rmSync(server.data, { recursive: true, force: true });
}

/** @param {string} title @param {(name: string) => Sent} of */
async function measure(title, of) {
  /** @type {Record<'stow' | 'upload' | 'stowCPU' | 'uploadCPU' | 'receipt' | 'ratio' | 'cpuRatio', number[]>} */
  const all = { stow: [], upload: [], stowCPU: [], uploadCPU: [], receipt: [], ratio: [], cpuRatio: [] };
  let megabytes = 0;
  // The first round is a warm-up and is not counted.
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    const plain = of(`${title} ${round} stow`);
    const other = of(`${title} ${round} upload`);
    megabytes = plain.files.reduce((sum, { length }) => sum + length, 0) / 1e6;
    const one = await timed(() => stow(plain.files));
    let receipt = 0;
    const two = await timed(async () => {
      receipt = await upload(other);
    });
    if (round === 0) continue;
    all.stow.push(one.seconds);
    all.upload.push(two.seconds);
    all.ratio.push(one.seconds / two.seconds);
    all.stowCPU.push(one.cpu);
    all.uploadCPU.push(two.cpu);
    all.cpuRatio.push(one.cpu / two.cpu);
    all.receipt.push(receipt);
  }
  const of_ = (/** @type {keyof typeof all} */ name) => median(all[name]);
  console.log(
    row([
      title,
      (megabytes / of_('stow')).toFixed(0),
      (megabytes / of_('upload')).toFixed(0),
      of_('ratio').toFixed(2),
      of_('stowCPU').toFixed(0),
      of_('uploadCPU').toFixed(0),
      of_('cpuRatio').toFixed(2),
      of_('receipt').toFixed(2),
      (of_('upload') - of_('receipt')).toFixed(2),
    ]),
  );
  if (!values.profile) return;
  const sent = of(`${title} profile`);
  const { summary } = await profiled(server.inspector ?? '', () => upload(sent));
  console.log(summary.map((line) => `    ${line}`).join('\n'));
}

/** @param {() => Promise<void>} work */
async function timed(work) {
  const pid = server.workerd();
  const before = cpuMilliseconds(pid);
  const begun = performance.now();
  await work();
  return { seconds: (performance.now() - begun) / 1000, cpu: cpuMilliseconds(pid) - before };
}

/** @param {Buffer[]} files */
async function stow(files) {
  const body = /** @type {BodyInit} */ (/** @type {unknown} */ (stowBody(files)));
  const answer = await fetch(`${origin}/dicomweb/studies`, { method: 'POST', headers: STOW_HEADERS, body });
  await expectStatus(answer, 200);
}

/** @param {Sent} sent @returns {Promise<number>} seconds until the last byte had arrived */
async function upload({ sent, piece }) {
  const begun = performance.now();
  const opened = await fetch(`${origin}/dicomweb/upload-sessions`, { method: 'POST' });
  const { id } = /** @type {{ id: string }} */ (await opened.json());
  const headers = { ...TUS, 'Upload-Length': String(sent.length), 'Upload-Metadata': `session ${btoa(id)}` };
  const created = await fetch(`${origin}/dicomweb/uploads`, { method: 'POST', headers });
  await expectStatus(created, 201);
  const url = new URL(created.headers.get('Location') ?? '', origin);
  for (let at = 0; at < sent.length; at += piece) {
    const body = new Uint8Array(sent.subarray(at, at + piece));
    const patch = { ...BYTES, 'Upload-Offset': String(at) };
    await expectStatus(await fetch(url, { method: 'PATCH', headers: patch, body }), 204);
  }
  const receipt = (performance.now() - begun) / 1000;
  for (;;) {
    const closed = await fetch(`${origin}/dicomweb/upload-sessions/${id}/close`, { method: 'POST' });
    if (closed.status !== 503) {
      await expectStatus(closed, 200);
      return receipt;
    }
    await closed.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @param {Response} answer @param {number} status */
async function expectStatus(answer, status) {
  const text = await answer.text();
  if (answer.status !== status) throw new Error(`${answer.status} in place of ${status}: ${text.slice(0, 300)}`);
}

/** @param {readonly string[]} cells */
function row([title = '', ...cells]) {
  return title.padEnd(36) + cells.map((cell) => cell.padStart(12)).join('');
}
