import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../scripts/support/free-port.mjs';
import { CommitmentRequests } from './commitments.mjs';
import { cutProxy } from './cut-proxy.mjs';
import { gatewayProcess } from './gateway-process.mjs';
import { dataSetOf, instanceOf, sha256 } from './instances.mjs';
import { openToStore, storeOn } from './sender.mjs';

/** Instances of a request for storage commitment, at least. */
const ASKED_FOR = 50;

/**
 * @typedef {object} Kills
 * @property {string} origin of the archive
 * @property {string} folder for the gateway
 * @property {number} instances that each sender sends
 * @property {number} senders
 * @property {number} kills
 * @property {() => number} random from 0 to just under 1
 * @property {number} [longest] milliseconds for which the archive can be reached, or cannot, at most
 * @property {SendAll} [send]
 * @property {(line: string) => void} [progress]
 *
 * @typedef {(to: import('./sender.mjs').To, list: readonly import('./instances.mjs').Instance[],
 *   onAcknowledged: () => void) => Promise<void>} SendAll sends all in their order, each until it is acknowledged
 *
 * @typedef {object} KillsResult
 * @property {number} acknowledged
 * @property {number} commitments requests for storage commitment that were acknowledged
 * @property {number} kills
 * @property {string[]} faults
 */

/**
 * Kills the gateway again and again while senders store instances and the archive cannot be reached half of the time.
 * Each sender repeats what was not acknowledged. In the end every instance must be in the archive once, with the data
 * set that was sent, under the digest that the journal has; and every request for storage commitment must be reported,
 * with success.
 * @param {Kills} parts
 * @returns {Promise<KillsResult>}
 */
export async function killGateway(parts) {
  const { origin, folder, instances, senders, kills, random } = parts;
  const { longest = 1500, send = sendAll, progress = () => {} } = parts;
  const { port: archivePort } = new URL(origin);
  const proxy = await cutProxy(Number(archivePort));
  const port = await freePort();
  const commitments = await CommitmentRequests.listen();
  const gateway = gatewayProcess(
    folder,
    configuration({ port, archive: proxy.port, reports: commitments.port, senders }),
  );
  await gateway.start();
  const sent = Array.from({ length: senders }, (_, sender) => instancesOf(sender, instances, random));
  let acknowledged = 0;
  let sending = true;
  /** Acknowledged instances of each sender, which are the first ones of its list. @type {number[]} */
  const counts = [];
  const sends = Promise.all(
    sent.map((list, sender) =>
      send({ port, callingAETitle: `CT${sender}` }, list, () => {
        acknowledged++;
        counts[sender] = (counts[sender] ?? 0) + 1;
      }),
    ),
  ).finally(() => {
    sending = false;
  });
  const asks = Promise.all(
    sent.map((list, sender) =>
      askAll({ port, callingAETitle: `CT${sender}` }, list, () => counts[sender] ?? 0, commitments),
    ),
  );
  const cutting = cutUntil(
    proxy,
    () => !sending,
    () => longest * (0.2 + 0.8 * random()),
  );
  // At random moments of the work, not of the time: the work may be done soon.
  const moments = Array.from({ length: kills }, () => random() * instances * senders).sort((one, other) => one - other);
  for (const [at, moment] of moments.entries()) {
    while (acknowledged < moment && sending) await pause(2);
    await pause(random() * 20);
    await gateway.end('SIGKILL');
    progress(`kill ${at + 1}: ${acknowledged} acknowledged, ${queued(gateway.data)} in the outbox`);
    await gateway.start();
  }
  await Promise.all([sends, cutting, asks]);
  const deadline = Date.now() + 900_000;
  while ((queued(gateway.data) > 0 || !commitments.areReported) && Date.now() < deadline) await pause(200);
  await gateway.end('SIGTERM');
  await proxy.close();
  await commitments.close();
  const faults = [...(await check(origin, gateway.data, sent.flat())), ...commitments.faults()];
  return { acknowledged, commitments: commitments.acknowledged.size, kills: moments.length, faults };
}

/**
 * The gateway's configuration.
 * @param {{ port: number, archive: number, reports: number, senders: number }} parts ports: of the gateway, of the archive, and
 *   of the senders for reports; how many senders there are
 */
function configuration({ port, archive, reports, senders }) {
  return `anySender = true
[archive]
url = "http://127.0.0.1:${archive}/dicomweb"
[dimse]
host = "127.0.0.1"
port = ${port}
[page]
port = 0
[outbox]
minFreeBytes = 1000000
[forward]
requestInstances = 40
settleSeconds = 0.1
backOffSeconds = 0.05
longestBackOffSeconds = 0.5
[commitment]
retrySeconds = 0.05
${peers(senders, reports)}`;
}

/**
 * The instances of a sender, a hundred in each study.
 * @param {number} sender
 * @param {number} count
 * @param {() => number} random
 */
function instancesOf(sender, count, random) {
  return Array.from({ length: count }, (_, index) =>
    instanceOf(`kills ${sender} ${Math.floor(index / 100)}`, String(index), 512 + Math.floor(random() * 60_000)),
  );
}

/**
 * Cuts the line to the archive, and mends it, in turn until the end.
 * @param {Awaited<ReturnType<typeof cutProxy>>} proxy
 * @param {() => boolean} isOver
 * @param {() => number} milliseconds until the next turn
 */
async function cutUntil(proxy, isOver, milliseconds) {
  for (let isCut = true; !isOver(); isCut = !isCut) {
    proxy.cut(isCut);
    await pause(milliseconds());
  }
  proxy.cut(false);
}

/**
 * Where the senders take reports.
 * @param {number} senders
 * @param {number} port
 */
function peers(senders, port) {
  return Array.from(
    { length: senders },
    (_, sender) => `[[peer]]\naeTitle = "CT${sender}"\nhost = "127.0.0.1"\nport = ${port}\n`,
  ).join('');
}

/**
 * Asks for the storage commitment of what was acknowledged, each time when there is enough.
 * @param {import('./sender.mjs').To} to
 * @param {readonly import('./instances.mjs').Instance[]} list
 * @param {() => number} acknowledged how many of the list were
 * @param {CommitmentRequests} commitments
 */
async function askAll(to, list, acknowledged, commitments) {
  for (let asked = 0; asked < list.length; ) {
    const end = acknowledged();
    if (end - asked < Math.min(ASKED_FOR, list.length - asked)) {
      await pause(20);
      continue;
    }
    try {
      await commitments.request(to, list.slice(asked, end));
      asked = end;
    } catch {
      await pause(50);
    }
  }
}

/** @type {SendAll} */
async function sendAll(to, list, onAcknowledged) {
  for (let at = 0; at < list.length; ) {
    try {
      const association = await openToStore(to, list.slice(0, 1));
      for (const stop = Math.min(at + 50, list.length); at < stop; at++) {
        const status = await storeOn(association, /** @type {any} */ (list[at]));
        if (status !== 0) throw new Error(`status ${status}`);
        onAcknowledged();
      }
      await association.release();
    } catch {
      await pause(50);
    }
  }
}

/**
 * @param {string} origin
 * @param {string} data of the gateway
 * @param {readonly import('./instances.mjs').Instance[]} sent
 */
async function check(origin, data, sent) {
  const faults = [];
  if (queued(data) > 0) faults.push(`${queued(data)} instances are still in the outbox`);
  const refused = list(join(data, 'refused'));
  if (refused.length > 0) faults.push(`${refused.length} files are refused`);
  const confirmed = new Map(
    list(join(data, 'journal')).flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line))
        .map(({ sopInstanceUID, sha256 }) => [sopInstanceUID, sha256]),
    ),
  );
  for (const study of new Set(sent.map(({ studyInstanceUID }) => studyInstanceUID))) {
    const instances = sent.filter(({ studyInstanceUID }) => studyInstanceUID === study);
    const url = `${origin}/dicomweb/studies/${study}/instances`;
    const answer = await fetch(`${url}?limit=5000`, { headers: { Accept: 'application/dicom+json' } });
    const found = /** @type {any[]} */ (answer.status === 200 ? await answer.json() : []);
    if (found.length !== instances.length) faults.push(`${found.length} of ${instances.length} instances of a study`);
    for (const item of found) {
      const uid = item['00080018'].Value[0];
      const series = item['0020000E'].Value[0];
      const file = await fetch(`${origin}/dicomweb/studies/${study}/series/${series}/instances/${uid}`, {
        headers: { Accept: 'application/dicom; transfer-syntax=*' },
      });
      const bytes = Buffer.from(await file.arrayBuffer());
      const instance = instances.find(({ sopInstanceUID }) => sopInstanceUID === uid);
      if (!instance || !dataSetOf(bytes).equals(instance.data)) faults.push(`instance ${uid} is not what was sent`);
      if (confirmed.get(uid) !== sha256(bytes)) faults.push(`the journal has another digest of ${uid}`);
    }
  }
  return faults;
}

/** @param {string} data of the gateway */
function queued(data) {
  return list(join(data, 'outbox')).length;
}

/**
 * The files in a folder and in those below it.
 * @param {string} folder
 * @returns {string[]}
 */
function list(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
