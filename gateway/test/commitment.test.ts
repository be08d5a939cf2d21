import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server as HTTPServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Archive } from '../src/archive/archive.mjs';
import { type Acceptor, listen } from '../src/association/acceptor.mjs';
import type { Association } from '../src/association/association.mjs';
import { CommandField, Status } from '../src/association/command-set.mjs';
import { collect } from '../src/association/incoming-data.mjs';
import type { Service } from '../src/association/negotiate.mjs';
import { openAssociation } from '../src/association/requestor.mjs';
import { commitmentService } from '../src/commitment/commitment-service.mjs';
import { CommitmentWork, PUSH_MODEL, PUSH_MODEL_INSTANCE } from '../src/commitment/commitment-work.mjs';
import { type Commitment, PendingCommitments } from '../src/commitment/pending-commitments.mjs';
import { readDataSet } from '../src/dicom/data-set-reader.mjs';
import { writeDataSet } from '../src/dicom/data-set-writer.mjs';

/* Storage commitment of the gateway. The real archive's answers are in gateway-commitment of test/system. */

const EXPLICIT = '1.2.840.10008.1.2.1';
const CT = '1.2.840.10008.5.1.4.1.1.2';
const CREATOR = 'DICOMWEB-EDGE COMMITMENT 1.0';
const digest = (of: string) => of.padStart(64, '0');

let data: string;
let archiveServer: HTTPServer;
let archive: Archive;
/** SHA-256 by SOP Instance UID, of what the archive holds. */
let held: Map<string, string>;
/** Statuses with which the archive answers first. */
let busy: number[];
let asked: { path: string; uids: string[] }[];
/** What waits in the outbox. */
let waiting: Set<string>;
/** SHA-256 of what was forwarded. */
let forwarded: Map<string, { sha256: string; isRefused?: boolean }>;
let events: [string, Record<string, unknown>][];
const ends: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'gateway-commitment-'));
  [held, forwarded] = [new Map(), new Map()];
  [busy, asked, events] = [[], [], []];
  waiting = new Set();
  archiveServer = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const status = busy.shift();
    if (status !== undefined) {
      response.writeHead(status).end();
      return;
    }
    const items = JSON.parse(Buffer.concat(chunks).toString())['00081199'].Value as Record<
      string,
      { Value: string[] }
    >[];
    const uidOf = (item: Record<string, { Value: string[] }>) => item['00081155']!.Value[0]!;
    asked.push({ path: request.url ?? '', uids: items.map(uidOf) });
    // The archive answers with the digest that it has.
    const has = (item: Record<string, { Value: string[] }>) => held.get(uidOf(item)) !== undefined;
    const committed = items.filter(has).map((item) => ({
      ...item,
      '00090010': { vr: 'LO', Value: [CREATOR] },
      '00091001': { vr: 'LO', Value: [held.get(uidOf(item))] },
    }));
    const failed = items
      .filter((item) => !has(item))
      .map((item) => ({ ...item, '00081197': { vr: 'US', Value: [0x0112] } }));
    response.end(
      JSON.stringify({ '00081199': { vr: 'SQ', Value: committed }, '00081198': { vr: 'SQ', Value: failed } }),
    );
  });
  await new Promise<void>((resolve) => archiveServer.listen(0, '127.0.0.1', resolve));
  archive = new Archive({ base: `http://127.0.0.1:${(archiveServer.address() as AddressInfo).port}/dicomweb` });
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  archive.close();
  archiveServer.closeAllConnections();
  archiveServer.close();
  rmSync(data, { recursive: true, force: true });
});

interface Report {
  readonly event: unknown;
  readonly transaction: string;
  readonly committed: string[];
  readonly failed: [uid: string, reason: number][];
  readonly association: Association;
}

/** Takes reports, or answers with these statuses first. */
function reports(statuses: number[] = []) {
  const received: Report[] = [];
  let wake = () => {};
  const service: Service = {
    provides: (uid) => uid === PUSH_MODEL,
    chooseTransferSyntax: (proposed) => proposed.find((syntax) => syntax === EXPLICIT),
    requestorMayBeSCP: true,
    handlers: {
      [CommandField.N_EVENT_REPORT_RQ]: async ({ command, data: bytes, context, association }) => {
        const dataSet = readDataSet(await collect(bytes!, 2 ** 20), context.transferSyntax);
        const status = statuses.shift();
        if (status !== undefined) return { Status: status };
        const uid = (of: typeof dataSet, tag: number) => of.get(tag)!.value.toString().replace(/\0$/, '');
        const items = (tag: number) => dataSet.get(tag)?.items ?? [];
        received.push({
          event: command.EventTypeID,
          transaction: uid(dataSet, 0x00081195),
          committed: items(0x00081199).map((item) => uid(item, 0x00081155)),
          failed: items(0x00081198).map((item) => [uid(item, 0x00081155), item.get(0x00081197)!.value.readUInt16LE()]),
          association,
        });
        wake();
        return { Status: Status.Success };
      },
    },
  };
  const next = async (count = 1): Promise<Report[]> => {
    while (received.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return received;
  };
  return { service, received, next };
}

async function gateway(peers: Record<string, number> = {}, days = 7) {
  const pending = new PendingCommitments(data);
  await pending.open();
  const work = new CommitmentWork({
    pending,
    archive,
    outbox: { entriesOf: (uid) => (waiting.has(uid) ? [{}] : []) },
    confirmations: {
      lookUp: async (uids) =>
        new Map([...uids].flatMap((uid) => (forwarded.has(uid) ? [[uid, forwarded.get(uid)!]] : []))),
    },
    peerOf: (aeTitle) => (peers[aeTitle] === undefined ? undefined : { host: '127.0.0.1', port: peers[aeTitle] }),
    onEvent: (event, fields) => events.push([event, fields]),
    ...{ days, lookMs: 100 },
  });
  const acceptor = await listen({ host: '127.0.0.1', port: 0, services: [commitmentService({ pending, work })] });
  work.start();
  const stop = async () => {
    await acceptor.close();
    await work.stop();
  };
  ends.push(stop);
  return { acceptor, pending, work, stop };
}

/** A modality that listens for reports. */
async function modality(statuses?: number[]) {
  const { service, ...taken } = reports(statuses);
  const acceptor = await listen({ host: '127.0.0.1', port: 0, services: [service] });
  ends.push(() => acceptor.close());
  return { port: acceptor.port, ...taken };
}

function open(acceptor: Acceptor, services: Service[] = []): Promise<Association> {
  return openAssociation({
    ...{ host: '127.0.0.1', port: acceptor.port, callingAETitle: 'SCANNER', calledAETitle: 'GATEWAY', services },
    contexts: [{ abstractSyntax: PUSH_MODEL, transferSyntaxes: [EXPLICIT] }],
  });
}

async function ask(
  association: Association,
  transaction: string,
  uids: readonly string[],
  action = 1,
): Promise<unknown> {
  const { command } = await association.request(
    association.contextFor(PUSH_MODEL)!,
    {
      CommandField: CommandField.N_ACTION_RQ,
      RequestedSOPClassUID: PUSH_MODEL,
      RequestedSOPInstanceUID: PUSH_MODEL_INSTANCE,
      ActionTypeID: action,
    },
    writeDataSet(
      {
        '00081195': { vr: 'UI', Value: [transaction] },
        '00081199': {
          vr: 'SQ',
          Value: uids.map((uid) => ({ '00081150': { vr: 'UI', Value: [CT] }, '00081155': { vr: 'UI', Value: [uid] } })),
        },
      },
      EXPLICIT,
    ),
  );
  return command.Status;
}

function forward(uid: string, sha256 = digest(uid)): void {
  forwarded.set(uid, { sha256 });
  held.set(uid, sha256);
}

const files = () => readdirSync(join(data, 'commitments'));

describe('storage commitment', () => {
  test('success on the same association, when the archive has the digests that were forwarded', async () => {
    for (const uid of ['1.1', '1.2']) forward(uid);
    const { acceptor, pending } = await gateway();
    const { service, next } = reports();
    const association = await open(acceptor, [service]);
    expect(await ask(association, '9.1', ['1.1', '1.2'])).toBe(Status.Success);
    const [report] = await next();
    expect(report).toMatchObject({ event: 1, transaction: '9.1', committed: ['1.1', '1.2'], failed: [] });
    expect(report!.association).toBe(association);
    expect([asked.length, asked[0]!.uids]).toEqual([1, ['1.1', '1.2']]);
    expect(asked[0]!.path).toMatch(/^\/dicomweb\/commitment-requests\/2\.25\.\d+$/);
    await expect.poll(() => [pending.size, files()]).toEqual([0, []]);
    await association.release();
  });

  test('failures: lost by the archive, held with other bytes, never forwarded, refused after another one', async () => {
    for (const uid of ['1.1', '1.2', '1.3']) forward(uid);
    held.delete('1.2');
    held.set('1.3', digest('other'));
    held.set('1.4', digest('1.4'));
    // The archive has the first image under the UID, and not the one that came last.
    forward('1.5');
    forwarded.set('1.5', { sha256: digest('newer'), isRefused: true });
    const { acceptor } = await gateway();
    const { service, next } = reports();
    const association = await open(acceptor, [service]);
    await ask(association, '9.1', ['1.1', '1.2', '1.3', '1.4', '1.5']);
    const [report] = await next();
    expect(report).toMatchObject({
      event: 2,
      committed: ['1.1'],
      failed: [
        ['1.2', 0x0112],
        ['1.3', 0x0110],
        ['1.4', 0x0112],
        ['1.5', 0x0112],
      ],
    });
    expect(asked[0]!.uids).not.toContain('1.4');
    await association.release();
  });

  test('waits for what is in the outbox, and for the archive; then reports on a new association', async () => {
    forward('1.1');
    waiting.add('1.1');
    busy = [503, 503];
    const scanner = await modality([Status.ProcessingFailure]);
    const { acceptor } = await gateway({ SCANNER: scanner.port });
    const association = await open(acceptor);
    expect(await ask(association, '9.1', ['1.1'])).toBe(Status.Success);
    await association.release();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(asked).toEqual([]);
    waiting.clear();
    const [report] = await scanner.next();
    expect(report).toMatchObject({ event: 1, transaction: '9.1', committed: ['1.1'] });
    expect([report!.association.callingAETitle, report!.association.calledAETitle]).toEqual(['GATEWAY', 'SCANNER']);
    const delayed = events.filter(([event]) => event === 'commitment-delayed').map(([, { isResolved }]) => isResolved);
    expect(delayed).toEqual([false, true]);
    await expect.poll(files).toEqual([]);
  });

  test('survives the end of the gateway, before the archive is asked and before the report is taken', async () => {
    forward('1.1');
    forward('1.2');
    waiting.add('1.1');
    const first = await gateway();
    const association = await open(first.acceptor);
    await ask(association, '9.1', ['1.1']);
    await ask(association, '9.2', ['1.2']);
    await association.release();
    // Nobody knows where the modality listens.
    await expect
      .poll(() => events.some(([event, { isResolved }]) => event === 'commitment-delayed' && isResolved))
      .toBe(true);
    await first.stop();
    expect(files()).toHaveLength(2);
    expect(asked).toHaveLength(1);
    waiting.clear();
    const scanner = await modality();
    const second = await gateway({ SCANNER: scanner.port });
    expect(
      second.pending
        .all()
        .map(({ transactionUID }) => transactionUID)
        .sort(),
    ).toEqual(['9.1', '9.2']);
    const reported = await scanner.next(2);
    expect(reported.map(({ transaction, event }) => [transaction, event]).sort()).toEqual([
      ['9.1', 1],
      ['9.2', 1],
    ]);
    // The result of the second one was known already.
    expect(asked.map(({ uids }) => uids)).toEqual([['1.2'], ['1.1']]);
  });

  test('the same request again is acknowledged and answered once; another one under its UID is refused', async () => {
    forward('1.1');
    waiting.add('1.1');
    const { acceptor, pending } = await gateway();
    const { service, received, next } = reports();
    const association = await open(acceptor, [service]);
    expect(await ask(association, '9.1', ['1.1'])).toBe(Status.Success);
    expect(await ask(association, '9.1', ['1.1'])).toBe(Status.Success);
    expect(await ask(association, '9.1', ['1.2'])).toBe(Status.DuplicateInvocation);
    expect(pending.size).toBe(1);
    waiting.clear();
    await next();
    await expect.poll(() => pending.size).toBe(0);
    expect(received).toHaveLength(1);
    await association.release();
  });

  test('what is no request is refused', async () => {
    const { acceptor, pending } = await gateway();
    const association = await open(acceptor);
    expect(await ask(association, '9.1', ['1.1'], 2)).toBe(0x0123);
    expect(await ask(association, '', ['1.1'])).toBe(0x0115);
    expect(await ask(association, '9.1', [])).toBe(0x0115);
    expect(await ask(association, '9.1', ['a b'])).toBe(0x0115);
    expect([pending.size, files()]).toEqual([0, []]);
    await association.release();
  });

  test('what waits too long fails, and a report that nobody takes is given up', async () => {
    waiting.add('1.1');
    const old: Commitment = {
      ...{
        transactionUID: '9.1',
        aeTitle: 'SCANNER',
        calledAETitle: 'GATEWAY',
        receivedAt: Date.now() - 8 * 86_400_000,
      },
      references: [{ sopClassUID: CT, sopInstanceUID: '1.1' }],
    };
    const pending = new PendingCommitments(data);
    await pending.open();
    await pending.keep(old);
    await pending.keep({ ...old, aeTitle: 'GONE', results: old.references, resolvedAt: old.receivedAt });
    const scanner = await modality();
    await gateway({ SCANNER: scanner.port });
    const [report] = await scanner.next();
    expect(report).toMatchObject({ event: 2, committed: [], failed: [['1.1', 0x0110]] });
    await expect.poll(files).toEqual([]);
    expect(events.map(([event, { aeTitle }]) => [event, aeTitle])).toContainEqual(['commitment-not-reported', 'GONE']);
  });
});
