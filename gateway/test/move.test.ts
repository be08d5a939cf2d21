import { describe, expect, test } from 'vitest';
import { listen } from '../src/association/acceptor.mjs';
import { type Command, CommandField, Status } from '../src/association/command-set.mjs';
import { collect } from '../src/association/incoming-data.mjs';
import type { Service } from '../src/association/negotiate.mjs';
import { readDataSet } from '../src/dicom/data-set-reader.mjs';
import { type JSONDataSet, writeDataSet } from '../src/dicom/data-set-writer.mjs';
import { groups } from '../src/retrieve/move.mjs';
import {
  acceptors,
  gateway,
  identifier,
  move,
  ofStudy,
  open,
  PATIENT_ROOT,
  STUDY_ROOT,
  storage,
  text,
  workstation,
} from './support/query-retrieve.ts';
import { dataSetOf, EXPLICIT, fileOf, IMPLICIT, line, MADE, RLE, withServedArchive } from './support/served-archive.ts';

/* C-MOVE of the gateway, with the archive behind it. */

withServedArchive();

describe('C-MOVE', () => {
  test('sends what is stored, byte for byte, and counts', async () => {
    const { port, received } = await workstation([EXPLICIT, IMPLICIT, RLE]);
    const acceptor = await gateway({ peers: { WORKSTATION: port } });
    const { last, pending } = await move(acceptor, 'WORKSTATION', ofStudy('1.2.1', '1.2.3'));
    expect(last).toMatchObject({
      Status: Status.Success,
      NumberOfCompletedSuboperations: 4,
      NumberOfFailedSuboperations: 0,
      NumberOfWarningSuboperations: 0,
    });
    expect(last.NumberOfRemainingSuboperations).toBeUndefined();
    expect(pending.map((command) => command.NumberOfRemainingSuboperations)).toEqual([3, 2, 1]);
    expect(received.map(({ sop }) => sop).sort()).toEqual(['1.2.1.1.1', '1.2.1.1.2', '1.2.1.2.3', '1.2.3.1.1']);
    for (const { sop, data, transferSyntax, command } of received) {
      expect(data.equals(dataSetOf(fileOf(sop))), sop).toBe(true);
      expect(transferSyntax).toBe(MADE.find((one) => one.sop === sop)?.transferSyntaxUID ?? EXPLICIT);
      expect(command).toMatchObject({
        MoveOriginatorApplicationEntityTitle: 'WORKSTATION',
        MoveOriginatorMessageID: 1,
      });
    }
  });

  test('converts to what the destination takes: explicit, and implicit alone', async () => {
    for (const syntax of [EXPLICIT, IMPLICIT]) {
      const { port, received } = await workstation([syntax]);
      const { last } = await move(await gateway({ peers: { PACS: port } }), 'PACS', ofStudy('1.2.1', '1.2.3'));
      expect(last).toMatchObject({ Status: Status.Success, NumberOfCompletedSuboperations: 4 });
      for (const { data, transferSyntax, sop } of received) {
        expect(transferSyntax).toBe(syntax);
        const dataSet = readDataSet(data, syntax);
        expect([text(dataSet, 0x00080018), dataSet.get(0x7fe00010)?.value.length]).toEqual([sop, 512]);
        expect(dataSet.get(0x00081140)?.items).toHaveLength(2);
        expect(text(dataSet, 0x00100010)).toBe(MADE.find((one) => one.sop === sop)?.name);
      }
      const [one] = received.filter(({ sop }) => sop === (syntax === EXPLICIT ? '1.2.1.1.1' : '1.2.1.2.3'));
      expect(one!.data.equals(dataSetOf(fileOf(one!.sop)))).toBe(true);
    }
  });

  test('patient, series and image level', async () => {
    const { port, received } = await workstation([EXPLICIT, IMPLICIT, RLE]);
    const acceptor = await gateway({ peers: { PACS: port } });
    const moved = async (keys: JSONDataSet, sopClass?: string) => {
      received.length = 0;
      expect((await move(acceptor, 'PACS', keys, sopClass)).last.Status).toBe(Status.Success);
      return received.map(({ sop }) => sop).sort();
    };
    const patient = identifier('PATIENT', { '00100020': ['LO', 'P1'] });
    expect(await moved(patient, PATIENT_ROOT.move)).toEqual(['1.2.1.1.1', '1.2.1.1.2', '1.2.1.2.3', '1.2.2.1.1']);
    // A wildcard is no identifier of a patient.
    expect(await moved(identifier('PATIENT', { '00100020': ['LO', 'P*'] }), PATIENT_ROOT.move)).toEqual([]);
    const series = (keys: Record<string, [string, ...unknown[]]>) =>
      identifier('SERIES', { ...keys, '0020000E': ['UI', '1.2.1.2'] });
    expect(await moved(series({ '0020000D': ['UI', '1.2.1'] }))).toEqual(['1.2.1.2.3']);
    expect(await moved(series({}))).toEqual(['1.2.1.2.3']);
    const images: Record<string, [string, ...unknown[]]> = { '00080018': ['UI', '1.2.1.1.2', '1.2.2.1.1'] };
    expect(
      await moved(identifier('IMAGE', { ...images, '0020000D': ['UI', '1.2.1'], '0020000E': ['UI', '1.2.1.1'] })),
    ).toEqual(['1.2.1.1.2']);
    expect(await moved(identifier('IMAGE', images))).toEqual(['1.2.1.1.2', '1.2.2.1.1']);
  });

  test('failures become statuses, and the failed instances are named', async () => {
    const { port } = await workstation([EXPLICIT, IMPLICIT], (sop) =>
      sop === '1.2.1.1.1' ? 0xa700 : sop === '1.2.1.1.2' ? 0xb007 : 0,
    );
    const refusing = await workstation([]);
    const peers = { PACS: port, REFUSING: refusing.port, GONE: 1 };
    const unreached: string[] = [];
    const onUnreached = (aeTitle: string, reason: string) => unreached.push(`${aeTitle}: ${reason}`);
    const acceptor = await gateway({ peers, onUnreached });
    const some = await move(acceptor, 'PACS', ofStudy('1.2.1'));
    expect(some.last).toMatchObject({
      Status: 0xb000,
      NumberOfCompletedSuboperations: 1,
      NumberOfFailedSuboperations: 1,
      NumberOfWarningSuboperations: 1,
    });
    expect(some.failed).toBe('1.2.1.1.1');
    for (const destination of ['REFUSING', 'GONE']) {
      const none = await move(acceptor, destination, ofStudy('1.2.2'));
      expect([none.last.Status, none.failed]).toEqual([0xa702, '1.2.2.1.1']);
    }
    // The response has no place for the reason, so an operator finds it in the log.
    expect(unreached).toEqual(['GONE: no connection: ECONNREFUSED']);
    expect((await move(acceptor, 'NOBODY', ofStudy('1.2.1'))).last.Status).toBe(0xa801);
    expect((await move(acceptor, 'PACS', identifier('STUDY', {}))).last.Status).toBe(0xa900);
    expect((await move(acceptor, 'PACS', ofStudy('9.9'))).last).toMatchObject({
      Status: 0,
      NumberOfCompletedSuboperations: 0,
    });
    expect((await move(await gateway({ peers, mayQuery: false }), 'PACS', ofStudy('1.2.1'))).last.Status).toBe(
      Status.NotAuthorized,
    );
    // The archive has lost an instance; it is busy once with another one.
    let busy = 1;
    line.disturb = (request, response) => {
      const isLost = request.url?.endsWith('1.2.1.1.1');
      if (isLost) response.writeHead(500).end();
      else if (request.url?.endsWith('1.2.1.1.2') && busy-- > 0) response.writeHead(503, { 'Retry-After': '0' }).end();
      else return false;
      return true;
    };
    const lost = await move(acceptor, 'PACS', ofStudy('1.2.1'));
    expect([lost.last.Status, lost.failed, lost.last.NumberOfWarningSuboperations]).toEqual([0xb000, '1.2.1.1.1', 1]);
    line.disturb = (_, response) => {
      response.writeHead(401).end();
      return true;
    };
    expect((await move(acceptor, 'PACS', ofStudy('1.2.1'))).last.Status).toBe(0xc001);
  });

  test('a stream from the archive that breaks off goes on where it was', async () => {
    const { port, received } = await workstation([EXPLICIT, IMPLICIT]);
    let cuts = 3;
    line.disturb = (request, response) => {
      if (!request.url?.endsWith('/instances/1.2.1.1.2') || cuts-- <= 0) return false;
      line.forward(request, response, 20_000);
      return true;
    };
    const { last } = await move(await gateway({ peers: { PACS: port } }), 'PACS', ofStudy('1.2.1'));
    expect(last.Status).toBe(Status.Success);
    const [one] = received.filter(({ sop }) => sop === '1.2.1.1.2');
    expect(one!.data.equals(dataSetOf(fileOf('1.2.1.1.2')))).toBe(true);
    expect(line.requests.filter(({ range }) => range !== undefined).map(({ range }) => range)).toHaveLength(3);
  });

  test('a destination that aborts loses one instance, and gets the others on a new association', async () => {
    let aborted = false;
    const { service, received } = storage([EXPLICIT, IMPLICIT]);
    const store = service.handlers[CommandField.C_STORE_RQ]!;
    const aborting: Service = {
      ...service,
      handlers: {
        [CommandField.C_STORE_RQ]: async (request) => {
          if (!aborted) request.association.abort();
          aborted = true;
          return await store(request);
        },
      },
    };
    const acceptor = await listen({ host: '127.0.0.1', port: 0, services: [aborting] });
    acceptors.push(acceptor);
    const { last, failed } = await move(await gateway({ peers: { PACS: acceptor.port } }), 'PACS', ofStudy('1.2.1'));
    expect(last).toMatchObject({ Status: 0xb000, NumberOfFailedSuboperations: 1, NumberOfCompletedSuboperations: 2 });
    expect(failed).toMatch(/^1\.2\.1\.\d\.\d$/);
    expect(new Set(received.map(({ sop }) => sop)).size).toBeGreaterThanOrEqual(2);
  });

  test('C-CANCEL lets the instance under way arrive, and tells what remains', async () => {
    let arrive: (value: unknown) => void = () => {};
    const first = new Promise((resolve) => {
      arrive = resolve;
    });
    let goOn: (value: unknown) => void = () => {};
    const cancelled = new Promise((resolve) => {
      goOn = resolve;
    });
    const { service } = storage([EXPLICIT, IMPLICIT]);
    const slow: Service = {
      ...service,
      handlers: {
        [CommandField.C_STORE_RQ]: async ({ data }) => {
          await collect(data!, 2 ** 24);
          arrive(undefined);
          await cancelled;
          return { Status: 0 };
        },
      },
    };
    const acceptor = await listen({ host: '127.0.0.1', port: 0, services: [slow] });
    acceptors.push(acceptor);
    const entity = await gateway({ peers: { PACS: acceptor.port } });
    const association = await open(entity, [{ abstractSyntax: STUDY_ROOT.move, transferSyntaxes: [EXPLICIT] }]);
    const { responses, cancel } = await association.start(
      association.contextFor(STUDY_ROOT.move)!,
      { CommandField: CommandField.C_MOVE_RQ, AffectedSOPClassUID: STUDY_ROOT.move, MoveDestination: 'PACS' },
      writeDataSet(ofStudy('1.2.1'), EXPLICIT),
    );
    await first;
    await cancel();
    // The cancellation is read before the response of the destination is.
    await new Promise((resolve) => setTimeout(resolve, 100));
    goOn(undefined);
    let last: Command | undefined;
    for await (const { command } of responses) last = command;
    expect(last).toMatchObject({
      Status: Status.Cancel,
      NumberOfCompletedSuboperations: 1,
      NumberOfRemainingSuboperations: 2,
      NumberOfFailedSuboperations: 0,
    });
    await association.release();
  });

  test('more presentation contexts than one association has take several', () => {
    const instances = Array.from({ length: 100 }, (_, at) => ({
      ...{ studyInstanceUID: '1', seriesInstanceUID: '1', sopInstanceUID: String(at), transferSyntaxUID: RLE },
      sopClassUID: `1.2.${at % 60}`,
    }));
    const made = groups(instances);
    expect(made.map(({ contexts }) => contexts.length)).toEqual([126, 54]);
    expect(made.flatMap(({ instances: some }) => some)).toHaveLength(100);
  });
});
