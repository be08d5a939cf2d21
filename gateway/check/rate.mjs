/**
 * `npm run check:rate`: how many CT images a second DCMTK's storescu brings to the gateway, to DCMTK's storescp and to
 * Orthanc, in turn, by one association and by four. The archive of the gateway cannot be reached, so that it only
 * receives. `-- --images N --rounds N`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../../scripts/support/free-port.mjs';
import { fileMeta } from '../src/dicom/file-meta.mjs';
import { gatewayProcess } from './gateway-process.mjs';
import { instanceOf } from './instances.mjs';
import { run } from './peers/dcmtk.mjs';
import { startPeer } from './peers/orthanc.mjs';

const { values } = parseArgs({
  options: { images: { type: 'string', default: '200' }, rounds: { type: 'string', default: '3' } },
});
const IMAGES = Number(values.images);
const IMAGE_BYTES = 512 * 1024;

/** @typedef {{ name: string, port: number, stop: () => Promise<unknown> }} Receiver */

const folder = mkdtempSync(join(tmpdir(), 'check-rate-'));
/** @type {Receiver[]} */
const receivers = [];
try {
  receivers.push(await theGateway(), await storescp('0'), await storescp('1'));
  const port = await freePort();
  const orthanc = await startPeer(port, 1);
  if (orthanc) receivers.push({ name: 'Orthanc', port, stop: orthanc.stop });
  await measure();
} finally {
  for (const { stop } of receivers) await stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function measure() {
  /** @type {Map<string, number[][]>} */
  const rates = new Map(receivers.map(({ name }) => [name, [[], []]]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const { name, port } of receivers) {
      for (const [at, associations] of [1, 4].entries()) {
        const files = write(`${name} ${round} ${associations}`);
        const begun = performance.now();
        const share = IMAGES / associations;
        const outputs = await Promise.all(
          Array.from({ length: associations }, (_, one) => storescu(port, files.slice(one * share, (one + 1) * share))),
        );
        const seconds = (performance.now() - begun) / 1000;
        const taken = outputs.join('').match(/Received Store Response \(Success\)/g)?.length ?? 0;
        if (taken !== IMAGES) throw new Error(`${name} took ${taken} of ${IMAGES}`);
        rates.get(name)?.[at]?.push(IMAGES / seconds);
      }
    }
  }
  console.log(
    `images of ${IMAGE_BYTES / 1024} KiB a second, least to most of ${values.rounds} rounds: one association, four`,
  );
  for (const [name, both] of rates) console.log(`${name.padEnd(28)}${both.map(span).join('')}`);
}

/** @param {number[]} numbers */
function span(numbers) {
  return `${Math.min(...numbers).toFixed(0)} to ${Math.max(...numbers).toFixed(0)}`.padStart(16);
}

/** @returns {Promise<Receiver>} */
async function theGateway() {
  const port = await freePort();
  const own = join(folder, 'gateway');
  mkdirSync(own);
  const gateway = gatewayProcess(
    own,
    `anySender = true\n[archive]\nurl = "http://127.0.0.1:1/dicomweb"\n[dimse]\nhost = "127.0.0.1"\nport = ${port}\n[page]\nport = 0\n`,
  );
  await gateway.start();
  return { name: 'gateway', port, stop: () => gateway.end('SIGTERM') };
}

/** @param {'0' | '1'} noDelay TCP_NODELAY @returns {Promise<Receiver>} */
async function storescp(noDelay) {
  const port = await freePort();
  const into = join(folder, `storescp${noDelay}`);
  mkdirSync(into);
  const child = spawn('storescp', ['--fork', '+xa', '-od', into, '-uf', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, TCP_NODELAY: noDelay },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await listening(port);
  const name = noDelay === '1' ? 'storescp, TCP_NODELAY=1' : 'storescp as it comes';
  return {
    name,
    port,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Waits until somebody listens. @param {number} port */
async function listening(port) {
  for (;;) {
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.unref().once('connect', () => socket.end());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @param {string} study */
function write(study) {
  const into = join(folder, 'files');
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into);
  return Array.from({ length: IMAGES }, (_, at) => {
    const { data, ...uids } = instanceOf(study, String(at), IMAGE_BYTES);
    const path = join(into, String(at));
    writeFileSync(path, Buffer.concat([fileMeta({ ...uids, sourceAETitle: 'CT1' }), data]));
    return path;
  });
}

/** @param {number} port @param {readonly string[]} files @returns {Promise<string>} what it says */
async function storescu(port, files) {
  const options = ['-v', '-xe', '-aet', 'CT1', '-aec', 'GATEWAY', '127.0.0.1', String(port)];
  return (await run('storescu', [...options, ...files])).output;
}
