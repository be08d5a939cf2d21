/**
 * CPU time that the runtime uses for a request, of several bundles of the archive and of the bare Worker, in turn: short rounds,
 * so that other work on the machine meets all of them alike. The lower quartile counts, because other work only adds.
 *
 *     node bench/compare.mjs --build /tmp/old      writes the bundle of this checkout into a folder
 *     node bench/compare.mjs --with old=/tmp/old --only frame --rounds 60
 */
import { cpSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildWorker, startServer } from '../test/support/server/server.ts';
import { bareSubject } from './subjects/bare-subject.mjs';
import { dicomwebSubject } from './subjects/dicomweb-subject.mjs';
import { run } from './support/client.mjs';
import { cpuNanoseconds } from './support/process.mjs';

const { values } = parseArgs({
  options: {
    build: { type: 'string' },
    with: { type: 'string', multiple: true, default: [] },
    only: { type: 'string' },
    rounds: { type: 'string', default: '40' },
    connections: { type: 'string', default: '1' },
  },
});

/** @type {Record<string, (calls: import('./support/workloads.mjs').Calls, round: string) => import('./support/client.mjs').Call[]>} */
const KINDS = {
  frame: ({ frame }, round) => Array.from({ length: 20 }, (_, at) => frame(at + 20 * Number(round))),
  metadata: ({ metadata }) => Array.from({ length: 8 }, metadata),
  list: ({ list }) => Array.from({ length: 10 }, list),
  store: ({ storeSingly }, round) => storeSingly(round).slice(0, 10),
};

if (values.build !== undefined) cpSync(await buildWorker(), values.build, { recursive: true });
else await compare();

async function compare() {
  const bundles = [...values.with.map((text) => /** @type {[string, string]} */ (text.split('=')))];
  bundles.unshift(['now', await buildWorker()]);
  const vars = { FRAME_COPIES: 'none', MAX_REQUEST_BYTES: '200000000' };
  const servers = await Promise.all(
    bundles.map(async ([name, bundle]) => ({ name, server: await startServer({ bundle, vars }) })),
  );
  const bare = await startServer({ bundle: await buildWorker('bench/subjects/bare-worker.ts') });
  try {
    const measured = [];
    let bodies;
    for (const { name, server } of servers) {
      const subject = dicomwebSubject(name, `${server.origin}/dicomweb`);
      bodies = await subject.prepare();
      measured.push({ ...subject, pid: server.workerd() });
    }
    const limit = bareSubject(bare.origin, /** @type {import('./support/workloads.mjs').Bodies} */ (bodies));
    await limit.prepare();
    const pid = bare.workerd();
    // A frame is also measured as any Worker has to send it: in a multipart body, with the archive's headers.
    measured.push({ ...limit, name: 'bare, part', calls: { ...limit.calls, frame: limit.calls.part }, pid });
    measured.push({ ...limit, pid });
    for (const kind of Object.keys(KINDS)) {
      const subjects = kind === 'frame' ? measured : measured.filter(({ name }) => name !== 'bare, part');
      if (values.only === undefined || values.only.split(',').includes(kind)) await measure(kind, subjects);
    }
  } finally {
    await Promise.all([...servers.map(({ server }) => server.stop()), bare.stop()]);
    for (const { data } of [...servers.map(({ server }) => server), bare])
      rmSync(data, { recursive: true, force: true });
  }
}

/** @param {string} kind @param {(import('./support/workloads.mjs').Subject & { pid: number })[]} subjects */
async function measure(kind, subjects) {
  const of = KINDS[kind];
  if (of === undefined) return;
  const times = subjects.map(() => /** @type {number[]} */ ([]));
  for (let round = -2; round < Number(values.rounds); round += 1) {
    // Each subject is the first one equally often.
    for (let turn = 0; turn < subjects.length; turn += 1) {
      const at = (turn + round + subjects.length) % subjects.length;
      const subject = subjects[at];
      if (subject === undefined) continue;
      const calls = of(subject.calls, String(round + 2));
      const before = cpuNanoseconds(subject.pid);
      await run(calls, Number(values.connections));
      if (round >= 0) times[at]?.push((cpuNanoseconds(subject.pid) - before) / calls.length / 1e6);
    }
  }
  const quartiles = times.map((all) => all.sort((one, other) => one - other)[all.length >> 2] ?? Number.NaN);
  const limit = quartiles.at(-1) ?? Number.NaN;
  for (const [at, { name }] of subjects.entries()) {
    const time = quartiles[at] ?? Number.NaN;
    const median = times[at]?.[times[at].length >> 1] ?? Number.NaN;
    console.log(
      `${kind.padEnd(10)}${name.padEnd(12)}${time.toFixed(3).padStart(8)} ms CPU, median ${median.toFixed(3)}, ` +
        `ratio ${(limit / time).toFixed(2)}`,
    );
  }
}
