import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { type Acceptance, type Acceptor, listen } from '../src/association/acceptor.mjs';
import { associateAcceptPDU, associateRequestPDU, Reject } from '../src/association/associate-pdu.mjs';
import type { Association } from '../src/association/association.mjs';
import { CommandField, readCommand, Status, writeCommand } from '../src/association/command-set.mjs';
import { collect } from '../src/association/incoming-data.mjs';
import type { Service } from '../src/association/negotiate.mjs';
import { dataHeader, PDUType, pdu } from '../src/association/pdu.mjs';
import { AssociationRejected } from '../src/association/protocol-error.mjs';
import { type Destination, openAssociation } from '../src/association/requestor.mjs';
import { VERIFICATION, verification } from '../src/services/verification.mjs';

const STORAGE = '1.2.840.10008.5.1.4.1.1.7';
const FIND = '1.2.840.10008.5.1.4.1.2.2.1';
const EXPLICIT = '1.2.840.10008.1.2.1';
const HTJ2K = '1.2.840.10008.1.2.4.201';

const acceptors: Acceptor[] = [];
afterEach(async () => {
  await Promise.all(acceptors.splice(0).map((acceptor) => acceptor.close()));
});

async function accept(parts: Partial<Acceptance> = {}): Promise<Acceptor> {
  const acceptor = await listen({ host: '127.0.0.1', port: 0, services: [verification], ...parts });
  acceptors.push(acceptor);
  return acceptor;
}

function open(acceptor: Acceptor, parts: Partial<Destination> = {}): Promise<Association> {
  return openAssociation({
    host: '127.0.0.1',
    port: acceptor.port,
    callingAETitle: 'SCANNER',
    calledAETitle: 'GATEWAY',
    contexts: [{ abstractSyntax: VERIFICATION, transferSyntaxes: ['1.2.840.10008.1.2'] }],
    ...parts,
  });
}

/** Takes every transfer syntax, and notes the data sets. */
function storage(): Service & { received: Buffer[] } {
  const received: Buffer[] = [];
  return {
    received,
    provides: (uid) => uid === STORAGE,
    chooseTransferSyntax: ([first]) => first,
    requestorMayBeSCP: true,
    handlers: {
      [CommandField.C_STORE_RQ]: async ({ data }) => {
        received.push(await collect(data!, 2 ** 30));
        return { Status: Status.Success };
      },
    },
  };
}

async function echo(association: Association): Promise<unknown> {
  const context = association.contextFor(VERIFICATION)!;
  const { command } = await association.request(context, {
    CommandField: CommandField.C_ECHO_RQ,
    AffectedSOPClassUID: VERIFICATION,
  });
  return command.Status;
}

test('a command set is read as it was written', () => {
  const command = {
    CommandField: CommandField.C_MOVE_RQ,
    MessageID: 65535,
    AffectedSOPClassUID: '1.2.3',
    MoveDestination: 'ODD',
    CommandDataSetType: 0,
    OffendingElement: [0x00100020, 0xfffee000],
    NumberOfFailedSuboperations: 7,
  };
  expect(readCommand(writeCommand(command))).toEqual(command);
  expect(writeCommand(command).length % 2).toBe(0);
});

test('a data set passes byte for byte, whatever the maximum length of the PDUs', async () => {
  const service = storage();
  const random = seededRandom(7);
  const data = Buffer.from(Array.from({ length: 400_001 }, () => random.below(256)));
  for (const maximumLength of [0, 128, 4096, 16_384, 1_000_000]) {
    const acceptor = await accept({ services: [service], maximumLength });
    const association = await open(acceptor, {
      contexts: [{ abstractSyntax: STORAGE, transferSyntaxes: [HTJ2K, EXPLICIT] }],
    });
    const context = association.contextFor(STORAGE, HTJ2K)!;
    for (const pieces of [[data], [data.subarray(0, 1), data.subarray(1, 70_000), data.subarray(70_000)], []]) {
      const { command } = await association.request(
        context,
        { CommandField: CommandField.C_STORE_RQ, AffectedSOPClassUID: STORAGE, AffectedSOPInstanceUID: '1.2.3' },
        (async function* () {
          yield* pieces;
        })(),
      );
      expect(command.Status).toBe(Status.Success);
      expect(command.AffectedSOPInstanceUID).toBe('1.2.3');
      expect(service.received.pop()!.equals(Buffer.concat(pieces))).toBe(true);
    }
    await association.release();
    expect(await association.ended).toBeUndefined();
  }
});

test('128 contexts are answered, each with one of its own transfer syntaxes', async () => {
  const acceptor = await accept({ services: [verification, storage()] });
  const syntaxes = Array.from({ length: 128 }, (_, index) => `1.2.3.${index}`);
  const association = await open(acceptor, {
    contexts: syntaxes.map((syntax, index) => ({
      abstractSyntax: index === 5 ? '1.2.3.4.5' : STORAGE,
      transferSyntaxes: [syntax],
    })),
  });
  expect(association.contexts.size).toBe(127);
  expect(association.contexts.get(255)?.transferSyntax).toBe('1.2.3.127');
  expect(association.contexts.has(11)).toBe(false);
  await association.release();
});

test('pending responses come in their order, and C-CANCEL ends them', async () => {
  const find: Service = {
    provides: (uid) => uid === FIND,
    chooseTransferSyntax: ([first]) => first,
    handlers: {
      [CommandField.C_FIND_RQ]: async ({ data, respond, signal }) => {
        const identifier = await collect(data!, 1000);
        for (let count = 0; !signal.aborted; count++) {
          await respond({ Status: Status.Pending }, Buffer.concat([identifier, Buffer.from(String(count % 10))]));
          if (count >= 2) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        }
        return { Status: Status.Cancel };
      },
    },
  };
  const acceptor = await accept({ services: [verification, find] });
  const association = await open(acceptor, {
    contexts: [
      { abstractSyntax: FIND, transferSyntaxes: [EXPLICIT] },
      { abstractSyntax: VERIFICATION, transferSyntaxes: [EXPLICIT] },
    ],
  });
  const { responses, cancel } = await association.start(
    association.contextFor(FIND)!,
    { CommandField: CommandField.C_FIND_RQ, AffectedSOPClassUID: FIND, Priority: 0 },
    Buffer.from('id'),
  );
  const seen: unknown[] = [];
  for await (const { command, data } of responses) {
    seen.push(data ? data.toString() : command.Status);
    if (seen.length === 3) await cancel();
  }
  expect(seen).toEqual(['id0', 'id1', 'id2', Status.Cancel]);
  expect(await echo(association)).toBe(Status.Success);
  await association.release();
});

test('the acceptor sends requests on the association too, in the role that was agreed', async () => {
  const received = storage();
  const get: Service = {
    provides: (uid) => uid === FIND,
    chooseTransferSyntax: ([first]) => first,
    handlers: {
      [CommandField.C_GET_RQ]: async ({ association, data }) => {
        await collect(data!, 1000);
        const { command } = await association.request(
          association.contextFor(STORAGE)!,
          { CommandField: CommandField.C_STORE_RQ, AffectedSOPClassUID: STORAGE, AffectedSOPInstanceUID: '1.2' },
          Buffer.alloc(300_000, 5),
        );
        return { Status: Number(command.Status), NumberOfCompletedSuboperations: 1 };
      },
    },
  };
  const acceptor = await accept({ services: [get, storage()] });
  const association = await open(acceptor, {
    services: [received],
    contexts: [
      { abstractSyntax: FIND, transferSyntaxes: [EXPLICIT] },
      { abstractSyntax: STORAGE, transferSyntaxes: [EXPLICIT], role: { scu: false, scp: true } },
    ],
  });
  const { command } = await association.request(
    association.contextFor(FIND)!,
    { CommandField: CommandField.C_GET_RQ, AffectedSOPClassUID: FIND },
    Buffer.from('id'),
  );
  expect(command).toMatchObject({ Status: Status.Success, NumberOfCompletedSuboperations: 1 });
  expect(received.received[0]?.length).toBe(300_000);
  await association.release();
});

test('a rejection says why', async () => {
  const acceptor = await accept({ admit: () => Reject.CallingAETitle });
  await expect(open(acceptor)).rejects.toMatchObject(Reject.CallingAETitle);
  const full = await accept({ mostAssociations: 0 });
  await expect(open(full)).rejects.toMatchObject(Reject.LocalLimitExceeded);
  await expect(open(full)).rejects.toBeInstanceOf(AssociationRejected);
});

test('an operation that is not there, and a handler that fails, are answered', async () => {
  const failing: Service = {
    provides: (uid) => uid === STORAGE,
    chooseTransferSyntax: ([first]) => first,
    handlers: {
      [CommandField.C_STORE_RQ]: async ({ data }) => {
        for await (const _ of data!) throw new Error('the disk is broken');
        return { Status: Status.Success };
      },
    },
  };
  const acceptor = await accept({ services: [verification, failing] });
  const association = await open(acceptor, {
    contexts: [
      { abstractSyntax: STORAGE, transferSyntaxes: [EXPLICIT] },
      { abstractSyntax: VERIFICATION, transferSyntaxes: [EXPLICIT] },
    ],
  });
  const store = association.contextFor(STORAGE)!;
  const stored = await association.request(
    store,
    { CommandField: CommandField.C_STORE_RQ, AffectedSOPClassUID: STORAGE, AffectedSOPInstanceUID: '1' },
    Buffer.alloc(1_000_000),
  );
  expect(stored.command.Status).toBe(Status.ProcessingFailure);
  const found = await association.request(store, { CommandField: CommandField.C_FIND_RQ }, Buffer.alloc(10));
  expect(found.command.Status).toBe(Status.UnrecognizedOperation);
  expect(await echo(association)).toBe(Status.Success);
  await association.release();
});

test('a silent peer, and one that stops in the middle of a PDU, are aborted', async () => {
  const acceptor = await accept({
    services: [verification, storage()],
    timeouts: { artim: 100, message: 100, idle: 200 },
  });
  const silent = await raw(acceptor);
  expect((await silent.all()).subarray(0, 1)).toEqual(Buffer.from([PDUType.Abort]));
  const idle = await open(acceptor, { timeouts: { idle: 60_000 } });
  expect((await idle.ended)?.message).toContain('aborted');
  const stopped = await raw(acceptor, associateRequest());
  stopped.socket.write(dataHeader(1, true, true, 5000).subarray(0, 9));
  expect((await stopped.all()).at(-10)).toBe(PDUType.Abort);
});

test('malformed PDUs are answered with an abort, and never stop the acceptor', async () => {
  const refused: unknown[] = [];
  const acceptor = await accept({
    services: [verification, storage()],
    timeouts: { artim: 300, message: 300, idle: 300 },
    onRefused: (event) => refused.push(event),
  });
  const random = seededRandom(20261129);
  const commands = [
    writeCommand({ CommandField: CommandField.C_ECHO_RQ, MessageID: 1, CommandDataSetType: 0x0101 }),
    writeCommand({ CommandField: CommandField.C_STORE_RQ, MessageID: 2, CommandDataSetType: 0 }),
    writeCommand({ CommandField: 0x8001, MessageIDBeingRespondedTo: 9, CommandDataSetType: 0x0101 }),
    writeCommand({ CommandField: CommandField.C_CANCEL_RQ, MessageIDBeingRespondedTo: 9, CommandDataSetType: 0x0101 }),
  ];
  const streams = Array.from({ length: 300 }, () => {
    const command = random.pick(commands);
    const whole = Buffer.concat([
      associateRequest(),
      dataHeader(random.pick([1, 3]), true, true, command.length),
      command,
      dataHeader(3, false, random.below(2) === 0, 100),
      Buffer.alloc(100, 9),
      pdu(random.below(9), Buffer.alloc(random.below(9))),
    ]);
    // Mostly behind the associate PDU, since what breaks that goes no further.
    const from = random.below(3) === 0 ? 0 : associateRequest().length;
    for (let faults = random.below(6); faults > 0; faults--) {
      whole[from + random.below(whole.length - from)] = random.pick([0, 1, 2, 0x7f, 0xff, random.below(256)]);
    }
    return random.below(4) === 0 ? whole.subarray(0, random.below(whole.length)) : whole;
  });
  const ends = await Promise.all(
    streams.map(async (stream) => {
      const peer = await raw(acceptor, stream);
      if (random.below(8) === 0) peer.socket.resetAndDestroy();
      await peer.all();
      return 'ended';
    }),
  );
  expect(new Set(ends)).toEqual(new Set(['ended']));
  const association = await open(acceptor);
  expect(await echo(association)).toBe(Status.Success);
  await association.release();
  expect(acceptor.associations.size).toBe(0);
  expect(refused.length).toBeGreaterThan(10);
});

test('an acceptor that answers with anything does not stop the requestor', async () => {
  const random = seededRandom(7);
  const answer = associateAcceptPDU({
    calledAETitle: 'GATEWAY',
    callingAETitle: 'SCANNER',
    maximumLength: 16_384,
    implementationClassUID: '1.2.3',
    implementationVersionName: 'TEST',
    roles: [],
    contexts: [{ id: 1, result: 0, transferSyntax: '1.2.840.10008.1.2' }],
  });
  const response = writeCommand({
    CommandField: 0x8030,
    MessageIDBeingRespondedTo: 1,
    CommandDataSetType: 0x0101,
    Status: 0,
  });
  const whole = Buffer.concat([answer, dataHeader(1, true, true, response.length), response]);
  const server = createServer((socket) => {
    const bytes = Buffer.from(whole);
    for (let faults = 1 + random.below(4); faults > 0; faults--) {
      bytes[random.below(bytes.length)] = random.pick([0, 1, 2, 0x7f, 0xff, random.below(256)]);
    }
    socket.on('error', () => {});
    socket.resume();
    socket.write(random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes);
    setTimeout(() => socket.end(), 200);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  const ends = await Promise.all(
    Array.from({ length: 150 }, async () => {
      try {
        const association = await open({ port } as Acceptor, { timeouts: { artim: 500, message: 500, idle: 500 } });
        const isAccepted = association.contextFor(VERIFICATION) !== undefined;
        const status = isAccepted ? await echo(association) : 0;
        await association.release();
        return typeof status;
      } catch (error) {
        return (error as Error).name;
      }
    }),
  );
  server.close();
  const expected = new Set(['AssociationEnded', 'AssociationRejected', 'ProtocolError', 'number', 'undefined']);
  expect(ends.filter((end) => !expected.has(end))).toEqual([]);
  expect(ends).toContain('AssociationEnded');
});

/** A connection that sends these bytes, and reads until the acceptor closes it. */
async function raw(
  acceptor: Acceptor,
  bytes: Buffer = Buffer.alloc(0),
): Promise<{ socket: Socket; all(): Promise<Buffer> }> {
  const socket = connect(acceptor.port, '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  const closed = new Promise<Buffer>((resolve) => socket.once('close', () => resolve(Buffer.concat(received))));
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  socket.write(bytes);
  return { socket, all: () => closed };
}

function associateRequest(): Buffer {
  return associateRequestPDU({
    calledAETitle: 'GATEWAY',
    callingAETitle: 'SCANNER',
    maximumLength: 16_384,
    implementationClassUID: '1.2.3',
    implementationVersionName: 'TEST',
    roles: [],
    contexts: [
      { id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: ['1.2.840.10008.1.2'] },
      { id: 3, abstractSyntax: STORAGE, transferSyntaxes: [EXPLICIT] },
    ],
  });
}
