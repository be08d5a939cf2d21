import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startOrthanc } from '../scripts/support/orthanc.mjs';
import { STOW_HEADERS, stowBody } from '../test/support/clients/stow-client.ts';
import { buildWorker, startServer } from '../test/support/server/server.ts';
import { profiled } from './profile.mjs';
import { bareSubject } from './subjects/bare-subject.mjs';
import { dicomwebSubject } from './subjects/dicomweb-subject.mjs';
import { barChart } from './support/chart.mjs';
import { run } from './support/client.mjs';
import { storePictures } from './support/corpus.mjs';
import { cpuMilliseconds } from './support/process.mjs';
import { median } from './support/quantiles.mjs';
import { WORKLOADS } from './support/workloads.mjs';

const { values } = parseArgs({
  options: {
    profile: { type: 'boolean', default: false },
    only: { type: 'string' },
    peer: { type: 'boolean', default: true },
    /** FRAME_COPIES of the archive that is measured. */
    copies: { type: 'string', default: 'none' },
    /** File into which the ratios are drawn, SVG. */
    chart: { type: 'string' },
  },
  allowNegative: true,
});
const workloads = WORKLOADS.filter(({ title }) => values.only === undefined || title.includes(values.only));
const OUT = fileURLToPath(new URL('../test-results/bench', import.meta.url));

console.log(
  'The archive, a bare Worker that streams the same bytes to and from R2, and Orthanc where it is installed, in turn.',
);
const ours = await startServer({
  bundle: await buildWorker(),
  inspector: values.profile,
  // The series of 200 slices is stored in one request of 105 MB.
  vars: { FRAME_COPIES: values.copies, MAX_REQUEST_BYTES: '200000000' },
});
const bare = await startServer({ bundle: await buildWorker('bench/subjects/bare-worker.ts') });
const orthanc = values.peer ? await startOrthanc() : undefined;
try {
  const pictures = storePictures(ours.origin);
  const archive = dicomwebSubject('ours', `${ours.origin}/dicomweb`, () => pictures);
  console.log('storing and checking what is retrieved');
  const bodies = await archive.prepare();
  const limit = bareSubject(bare.origin, bodies);
  await limit.prepare();
  const subjects = [
    { ...archive, pid: ours.workerd(), answers: bodies.answers },
    { ...limit, pid: bare.workerd(), answers: bodies.answers },
  ];
  const peer =
    orthanc && dicomwebSubject('Orthanc', orthanc.root, async () => await storedIn(orthanc.root, await pictures));
  const its = await peer?.prepare();
  await measureAll(
    peer === undefined ? subjects : [...subjects, { ...peer, pid: undefined, answers: its?.answers ?? new Map() }],
  );
} finally {
  await Promise.all([ours.stop(), bare.stop(), orthanc?.stop()]);
  for (const { data } of [ours, bare]) rmSync(data, { recursive: true, force: true });
}

/** The same files in a peer. @param {string} root @param {Awaited<ReturnType<typeof storePictures>>} pictures */
async function storedIn(root, pictures) {
  for (const { kind, files } of pictures.values()) {
    const body = /** @type {BodyInit} */ (/** @type {unknown} */ (stowBody(files)));
    const answer = await fetch(`${root}/studies`, { method: 'POST', headers: STOW_HEADERS, body });
    await answer.arrayBuffer();
    if (answer.status !== 200) console.log(`the peer does not store ${kind}: ${answer.status}`);
  }
  return pictures;
}

/** @typedef {import('./support/workloads.mjs').Subject & { pid: number | undefined, answers: Map<string, Buffer> }} Measured */

/** @param {Measured[]} subjects */
async function measureAll(subjects) {
  console.log(
    `\n${row(['requests a second', 'ours', 'bare', 'ratio', 'target', 'Orthanc', 'MB/s', 'CPU ms ours', 'CPU ms bare'])}`,
  );
  const ratios = [];
  for (const { title, connections, rounds, target, of, answer, alone } of workloads) {
    if (answer !== undefined && !subjects[0]?.answers.has(answer)) continue;
    const asked = subjects.filter(
      ({ name, answers }) => name !== 'Orthanc' || (!alone && (answer === undefined || answers.has(answer))),
    );
    const rates = asked.map(() => /** @type {number[]} */ ([]));
    const cpu = asked.map(() => /** @type {number[]} */ ([]));
    const speeds = /** @type {number[]} */ ([]);
    // The first round is a warm-up and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      for (const [at, { calls, pid }] of asked.entries()) {
        const list = of(calls, `${title.replaceAll(/\W/g, '')}${round}`);
        const before = pid === undefined ? 0 : cpuMilliseconds(pid);
        const { seconds, bytes } = await run(list, connections);
        if (round === 0) continue;
        if (at === 0) speeds.push(bytes / 1e6 / seconds);
        rates[at]?.push(list.length / seconds);
        cpu[at]?.push(((pid === undefined ? 0 : cpuMilliseconds(pid)) - before) / list.length);
      }
    }
    const [mine = 0, limit = 0, peer] = rates.map(median);
    const [myCPU = 0, limitCPU = 0] = cpu.map(median);
    const ratio = (mine / limit).toFixed(2);
    ratios.push({ name: title, value: mine / limit, target });
    const cells = [figure(mine), figure(limit), ratio, target ?? '', figure(peer), figure(median(speeds))];
    console.log(row([title, ...cells, figure(myCPU), figure(limitCPU)]));
    if (values.profile) await profileOf(title, connections, of, subjects[0]);
  }
  if (values.chart !== undefined)
    writeFileSync(values.chart, barChart('Requests a second: ours / bare Worker', ratios));
}

/**
 * @param {string} title @param {number} connections @param {import('./support/workloads.mjs').Workload['of']} of
 * @param {import('./support/workloads.mjs').Subject | undefined} subject
 */
async function profileOf(title, connections, of, subject) {
  if (subject === undefined) return;
  const calls = of(subject.calls, `profile ${title.replaceAll(/\W/g, '')}`);
  const { profile, summary } = await profiled(ours.inspector ?? '', () => run(calls, connections));
  mkdirSync(OUT, { recursive: true });
  const file = join(OUT, `${title.replaceAll(/\W+/g, '-')}.cpuprofile`);
  writeFileSync(file, JSON.stringify(profile));
  console.log(`  profile: ${file}\n${summary.map((line) => `    ${line}`).join('\n')}`);
}

/** @param {number | undefined} number */
function figure(number) {
  if (number === undefined) return '';
  return number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2);
}

/** @param {readonly (string | number)[]} cells */
function row([title = '', ...cells]) {
  return String(title).padEnd(36) + cells.map((cell) => String(cell).padStart(12)).join('');
}
