import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { seededRandom } from '../../test/support/seeded-random.ts';
import type { Acceptor } from '../src/association/acceptor.mjs';
import { associateAcceptPDU, associateRequestPDU } from '../src/association/associate-pdu.mjs';
import { CommandField, Status, writeCommand } from '../src/association/command-set.mjs';
import { dataHeader, PDUType, pdu } from '../src/association/pdu.mjs';
import { VERIFICATION, verification } from '../src/services/verification.mjs';
import { accept, EXPLICIT, echo, open, STORAGE, storage } from './support/associations.ts';

/* Peers that fall silent, or that send anything: PS3.8 9.2. */

/** The fields of every request for an association here, and of the answer to it. */
const NEGOTIATED = {
  calledAETitle: 'GATEWAY',
  callingAETitle: 'SCANNER',
  maximumLength: 16_384,
  implementationClassUID: '1.2.3',
  implementationVersionName: 'TEST',
  roles: [],
};

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
    ...NEGOTIATED,
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
    ...NEGOTIATED,
    contexts: [
      { id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: ['1.2.840.10008.1.2'] },
      { id: 3, abstractSyntax: STORAGE, transferSyntaxes: [EXPLICIT] },
    ],
  });
}
