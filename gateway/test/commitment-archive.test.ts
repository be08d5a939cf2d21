import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CT_IMAGE_STORAGE as CT, slice } from '../../test/support/files/samples.ts';
import { withServer } from '../../test/support/server/with-server.ts';
import { type Acceptor, listen } from '../src/association/acceptor.mjs';
import type { Association } from '../src/association/association.mjs';
import { CommandField, Status } from '../src/association/command-set.mjs';
import { collect } from '../src/association/incoming-data.mjs';
import { openAssociation } from '../src/association/requestor.mjs';
import { PUSH_MODEL, PUSH_MODEL_INSTANCE } from '../src/commitment/commitment-work.mjs';
import { type DataSet, readDataSet } from '../src/dicom/data-set-reader.mjs';
import { writeDataSet } from '../src/dicom/data-set-writer.mjs';

/* The whole gateway, as a process that is killed, with the archive behind it. */

const EXPLICIT = '1.2.840.10008.1.2.1';
const UIDS = Array.from({ length: 12 }, (_, at) => `1.2.3.4.${at + 1}`);

const archive = withServer();
let modality: Acceptor;
let folder: string;
let gateway: { child: ChildProcess; port: number };
const reports: DataSet[] = [];
let wake = () => {};

beforeAll(async () => {
  modality = await listen({
    host: '127.0.0.1',
    port: 0,
    services: [
      {
        provides: (uid) => uid === PUSH_MODEL,
        chooseTransferSyntax: ([first]) => first,
        requestorMayBeSCP: true,
        handlers: {
          [CommandField.N_EVENT_REPORT_RQ]: async ({ data, context }) => {
            reports.push(readDataSet(await collect(data!, 2 ** 20), context.transferSyntax));
            wake();
            return { Status: Status.Success };
          },
        },
      },
    ],
  });
  folder = mkdtempSync(join(tmpdir(), 'gateway-whole-'));
  writeFileSync(
    join(folder, 'gateway.toml'),
    `data = "data"
anySender = true
archive.url = "${archive.origin}/dicomweb"
page.enabled = false
outbox.minFreeBytes = 0
dimse = { host = "127.0.0.1", port = 0 }
[[peer]]
aeTitle = "SCANNER"
host = "127.0.0.1"
port = ${modality.port}
`,
  );
  gateway = await start();
});
afterAll(async () => {
  gateway?.child.kill('SIGKILL');
  await modality?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<typeof gateway> {
  const program = join(import.meta.dirname, '../bin/dicomweb-gateway.mjs');
  const child = spawn(process.execPath, [program, join(folder, 'gateway.toml')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout! })) {
    const { event, port } = JSON.parse(line);
    if (event !== 'started') continue;
    child.stdout!.resume();
    return { child, port };
  }
  throw new Error('the gateway has ended');
}

async function kill(): Promise<void> {
  const ended = new Promise((resolve) => gateway.child.once('exit', resolve));
  gateway.child.kill('SIGKILL');
  await ended;
}

function open(): Promise<Association> {
  const contexts = [CT, PUSH_MODEL].map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: [EXPLICIT] }));
  const titles = { callingAETitle: 'SCANNER', calledAETitle: 'GATEWAY' };
  return openAssociation({ host: '127.0.0.1', port: gateway.port, ...titles, contexts });
}

async function store(association: Association, uid: string): Promise<void> {
  const file = Buffer.from(slice({ sop: uid, seed: UIDS.indexOf(uid) + 1 }));
  const { command } = await association.request(
    association.contextFor(CT)!,
    { CommandField: CommandField.C_STORE_RQ, AffectedSOPClassUID: CT, AffectedSOPInstanceUID: uid, Priority: 0 },
    file.subarray(144 + file.readUInt32LE(140)),
  );
  expect(command.Status).toBe(Status.Success);
}

async function commit(association: Association, transaction: string): Promise<void> {
  const ui = (value: string) => ({ vr: 'UI', Value: [value] });
  const items = UIDS.map((uid) => ({ '00081150': ui(CT), '00081155': ui(uid) }));
  const { command } = await association.request(
    association.contextFor(PUSH_MODEL)!,
    {
      CommandField: CommandField.N_ACTION_RQ,
      RequestedSOPClassUID: PUSH_MODEL,
      RequestedSOPInstanceUID: PUSH_MODEL_INSTANCE,
      ActionTypeID: 1,
    },
    writeDataSet({ '00081195': ui(transaction), '00081199': { vr: 'SQ', Value: items } }, EXPLICIT),
  );
  expect(command.Status).toBe(Status.Success);
}

async function report(count: number): Promise<{ committed: string[]; failed: string[] }> {
  while (reports.length < count) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  const last = reports[count - 1]!;
  const uids = (tag: number) =>
    (last.get(tag)?.items ?? []).map((item) => item.get(0x00081155)!.value.toString().replace(/\0$/, ''));
  return { committed: uids(0x00081199), failed: uids(0x00081198) };
}

test('a gateway that is killed after it has taken a request reports that all instances are in the archive', async () => {
  // From a CD: the same data set in a file with other file meta information.
  const [first] = UIDS;
  const body = new Uint8Array(slice({ sop: first!, seed: 1 }));
  const headers = { 'Content-Type': 'application/dicom', Accept: 'application/dicom+json' };
  expect((await fetch(`${archive.origin}/dicomweb/studies`, { method: 'POST', headers, body })).status).toBe(200);
  const association = await open();
  for (const uid of UIDS) await store(association, uid);
  await commit(association, '9.1');
  await kill();
  gateway = await start();
  expect(await report(1)).toEqual({ committed: UIDS, failed: [] });
  const stored = await fetch(`${archive.origin}/dicomweb/instances`, { headers: { Accept: 'application/json' } });
  expect(await stored.json()).toHaveLength(UIDS.length);
});

test('one object that is removed from the bucket by hand makes exactly one failed instance', async () => {
  const blobs = readdirSync(archive.data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /[\\/]blobs$/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name));
  const [lost, ...others] = blobs.filter((path) => {
    const bytes = readFileSync(path);
    return bytes.toString('latin1', 128, 132) === 'DICM' && bytes.includes(`${UIDS[4]}\0`);
  });
  expect(others).toEqual([]);
  rmSync(lost!);
  const association = await open();
  await commit(association, '9.2');
  await association.release();
  expect(await report(2)).toEqual({ committed: UIDS.filter((uid) => uid !== UIDS[4]), failed: [UIDS[4]] });
});
