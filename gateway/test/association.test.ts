import { expect, test } from 'vitest';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { Reject } from '../src/association/associate-pdu.mjs';
import { CommandField, readCommand, Status, writeCommand } from '../src/association/command-set.mjs';
import { collect } from '../src/association/incoming-data.mjs';
import type { Service } from '../src/association/negotiate.mjs';
import { AssociationRejected } from '../src/association/protocol-error.mjs';
import { VERIFICATION, verification } from '../src/services/verification.mjs';
import { accept, EXPLICIT, echo, FIND, HTJ2K, open, STORAGE, storage } from './support/associations.ts';

/* The upper layer and DIMSE messages between two application entities: PS3.7, PS3.8. */

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
