/**
 * `npm run check:pdus`: thousands of malformed and odd associations, made from a seed, against the gateway as a process of its own.
 * `-- --cases N --seed N`. Between them intact senders store: what was acknowledged has to be in the outbox, byte for byte.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { residentMegabytes } from '../../bench/support/process.mjs';
import { freePort } from '../../scripts/support/free-port.mjs';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { connectionOf } from './fuzz/connections.mjs';
import { gatewayProcess } from './gateway-process.mjs';
import { dataSetOf, instanceOf } from './instances.mjs';
import { storeAll } from './sender.mjs';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '5000' }, seed: { type: 'string', default: '13' } },
});
const CASES = Number(values.cases);

/** Connections at the same time, and after how many of them an intact sender stores. */
const TOGETHER = 40;
const INTACT_EVERY = 50;

/** Milliseconds in which the gateway has to end a connection. */
const PATIENCE = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'check-pdus-'));
const port = await freePort();
const gateway = gatewayProcess(
  folder,
  `anySender = true
anySenderMayQuery = true
[archive]
url = "http://127.0.0.1:1/dicomweb"
[dimse]
host = "127.0.0.1"
port = ${port}
artimSeconds = 1
messageSeconds = 1
idleSeconds = 1
[page]
port = 0
[outbox]
minFreeBytes = 1000000
`,
);
/** @type {string[]} */
const faults = [];
try {
  await gateway.start();
  await check();
} finally {
  await gateway.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
for (const fault of faults) console.error(`FAULT: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;

async function check() {
  const random = seededRandom(Number(values.seed));
  /** @type {Map<string, Buffer>} data sets that were acknowledged */
  const acknowledged = new Map();
  /** @type {Map<string, number>} */
  const kinds = new Map();
  let begun = 0;
  let memory = 0;
  const work = async () => {
    while (begun < CASES && faults.length === 0) {
      const at = begun++;
      const { kind, pieces, isCut } = connectionOf(random, at);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (!(await isEnded(pieces, isCut))) faults.push(`case ${at}, ${kind}: the connection was not ended`);
      if (at % INTACT_EVERY > 0) continue;
      const instance = instanceOf('intact', String(at), 4000);
      try {
        const [status] = await storeAll({ port, callingAETitle: 'INTACT' }, [instance]);
        if (status === 0) acknowledged.set(instance.sopInstanceUID, instance.data);
        else faults.push(`case ${at}: an intact sender was answered ${status}`);
      } catch (error) {
        faults.push(`case ${at}: an intact sender failed: ${/** @type {Error} */ (error).message}`);
      }
      memory = Math.max(memory, residentMegabytes(gateway.pid()).now);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: TOGETHER }, work));
  for (const [kind, count] of [...kinds].sort()) console.log(`  ${String(count).padStart(5)} ${kind}`);
  compare(acknowledged);
  if (/uncaught|unhandled|error in the gateway/i.test(gateway.output()))
    faults.push('the log names an error of the gateway');
  console.log(
    `${begun} connections in ${((performance.now() - started) / 1000).toFixed(0)} s; ${acknowledged.size} intact instances are in the outbox byte for byte; at most ${memory.toFixed(0)} MB`,
  );
}

/** @param {Map<string, Buffer>} acknowledged */
function compare(acknowledged) {
  const files = readdirSync(join(gateway.data, 'outbox'), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(one.parentPath, one.name)));
  const found = new Set(files.map((file) => dataSetOf(file).toString('latin1')));
  for (const [uid, data] of acknowledged) {
    if (!found.has(data.toString('latin1'))) faults.push(`an acknowledged instance is not in the outbox: ${uid}`);
  }
}

/**
 * Sends the pieces, and waits until the gateway has ended the connection.
 * @param {readonly Buffer[]} pieces
 * @param {boolean} isCut the sender breaks off
 * @returns {Promise<boolean>}
 */
function isEnded(pieces, isCut) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(false);
    }, PATIENCE);
    socket.on('error', () => {});
    socket.resume();
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
    socket.once('connect', async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        await new Promise((next) => setImmediate(next));
      }
      if (isCut) socket.resetAndDestroy();
    });
  });
}
