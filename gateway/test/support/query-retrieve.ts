import { afterEach } from 'vitest';
import { type Acceptor, listen } from '../../src/association/acceptor.mjs';
import type { Association } from '../../src/association/association.mjs';
import { type Command, CommandField, Status } from '../../src/association/command-set.mjs';
import type { Response } from '../../src/association/exchange.mjs';
import { collect } from '../../src/association/incoming-data.mjs';
import type { Service } from '../../src/association/negotiate.mjs';
import { openAssociation, type RequestedContext } from '../../src/association/requestor.mjs';
import { type DataSet, readDataSet } from '../../src/dicom/data-set-reader.mjs';
import { type JSONDataSet, writeDataSet } from '../../src/dicom/data-set-writer.mjs';
import { findService } from '../../src/query/find.mjs';
import { getService } from '../../src/retrieve/get.mjs';
import { moveService } from '../../src/retrieve/move.mjs';
import { EXPLICIT, line } from './served-archive.ts';

/* The gateway in front of the archive of served-archive.ts, a workstation, and what they ask of each other. */

export const CT = '1.2.840.10008.5.1.4.1.1.2';
export const PATIENT_ROOT = { find: '1.2.840.10008.5.1.4.1.2.1.1', move: '1.2.840.10008.5.1.4.1.2.1.2' };
export const STUDY_ROOT = {
  find: '1.2.840.10008.5.1.4.1.2.2.1',
  move: '1.2.840.10008.5.1.4.1.2.2.2',
  get: '1.2.840.10008.5.1.4.1.2.2.3',
};

/** They end after the test. */
export const acceptors: Acceptor[] = [];
afterEach(async () => {
  await Promise.all(acceptors.splice(0).map((acceptor) => acceptor.close()));
});

/** An instance that a workstation received. */
export interface Received {
  readonly sop: string;
  readonly transferSyntax: string;
  readonly data: Buffer;
  readonly command: Command;
}

/** Takes instances in these transfer syntaxes. */
export function storage(syntaxes: readonly string[], answer: (sop: string) => number = () => Status.Success) {
  const received: Received[] = [];
  const service: Service = {
    provides: (uid) => uid === CT,
    chooseTransferSyntax: (proposed) => proposed.find((syntax) => syntaxes.includes(syntax)),
    handlers: {
      [CommandField.C_STORE_RQ]: async ({ data, command, context }) => {
        const sop = String(command.AffectedSOPInstanceUID);
        received.push({ sop, command, transferSyntax: context.transferSyntax, data: await collect(data!, 2 ** 24) });
        return { Status: answer(sop) };
      },
    },
  };
  return { service, received };
}

/** The query and retrieve services of the gateway, in front of the archive, until the end of the test. */
export async function gateway(
  parts: {
    peers?: Record<string, number>;
    mayQuery?: boolean;
    mostMatches?: number;
    onUnreached?: (aeTitle: string, reason: string) => void;
  } = {},
) {
  const { peers = {}, mayQuery = true, mostMatches = 5000, onUnreached = () => {} } = parts;
  const peerOf = (aeTitle: string) => {
    const port = peers[aeTitle];
    return port === undefined ? undefined : { host: '127.0.0.1', port };
  };
  const all = { archive: line.archive, aeTitle: 'GATEWAY', peerOf, mayQuery: () => mayQuery, mostMatches, onUnreached };
  const storing: Service = {
    ...storage([]).service,
    chooseTransferSyntax: ([first]) => first,
    requestorMayBeSCP: true,
  };
  const services = [findService(all), moveService(all), getService(all), storing];
  const acceptor = await listen({ host: '127.0.0.1', port: 0, services });
  acceptors.push(acceptor);
  return acceptor;
}

/** A workstation that takes instances in these transfer syntaxes, until the end of the test. */
export async function workstation(syntaxes: readonly string[], answer?: (sop: string) => number) {
  const { service, received } = storage(syntaxes, answer);
  const acceptor = await listen({ host: '127.0.0.1', port: 0, services: [service] });
  acceptors.push(acceptor);
  return { port: acceptor.port, received, acceptor };
}

export function open(
  acceptor: Acceptor,
  contexts: readonly RequestedContext[],
  services: Service[] = [],
): Promise<Association> {
  const { port } = acceptor;
  return openAssociation({
    host: '127.0.0.1',
    port,
    callingAETitle: 'WORKSTATION',
    calledAETitle: 'GATEWAY',
    contexts,
    services,
  });
}

/** The identifier of a query or retrieval: its level (0008,0052), and its keys. */
export const identifier = (level: string, keys: Record<string, [vr: string, ...values: unknown[]]>): JSONDataSet => ({
  '00080052': { vr: 'CS', Value: [level] },
  ...Object.fromEntries(Object.entries(keys).map(([tag, [vr, ...Value]]) => [tag, { vr, Value }])),
});

interface FindResult {
  readonly status: number;
  readonly pending: Set<unknown>;
  readonly comment: unknown;
  readonly matches: DataSet[];
}

/** Sends C-FIND on an association of its own, and waits for the last response. */
export async function find(
  keys: JSONDataSet,
  {
    sopClass = STUDY_ROOT.find,
    syntax = EXPLICIT,
    ...parts
  }: { sopClass?: string; syntax?: string } & Parameters<typeof gateway>[0] = {},
): Promise<FindResult> {
  const association = await open(await gateway(parts), [{ abstractSyntax: sopClass, transferSyntaxes: [syntax] }]);
  const context = association.contextFor(sopClass)!;
  const command = { CommandField: CommandField.C_FIND_RQ, AffectedSOPClassUID: sopClass, Priority: 0 };
  const { responses } = await association.start(context, command, writeDataSet(keys, syntax));
  const all: Response[] = [];
  for await (const response of responses) all.push(response);
  await association.release();
  const last = all.pop()!.command;
  return {
    status: Number(last.Status),
    comment: last.ErrorComment,
    pending: new Set(all.map((response) => response.command.Status)),
    matches: all.map((response) => readDataSet(response.data!, syntax)),
  };
}

/** The text of an element without its padding. */
export const text = (dataSet: DataSet, tag: number) => {
  const element = dataSet.get(tag);
  return element?.value.toString('utf8').replace(/[\0 ]+$/, '');
};
/** The texts of an element of all matches, sorted. */
export const texts = ({ matches }: FindResult, tag: number) => matches.map((match) => text(match, tag)).sort();

interface Retrieved {
  readonly last: Command;
  readonly pending: Command[];
  readonly failed: string | undefined;
}

/** Sends C-MOVE or C-GET, and waits for the last response. */
export async function retrieve(association: Association, command: Command, keys: JSONDataSet): Promise<Retrieved> {
  const context = association.contextFor(String(command.AffectedSOPClassUID))!;
  const { responses } = await association.start(context, command, writeDataSet(keys, context.transferSyntax));
  const all: Response[] = [];
  for await (const response of responses) all.push(response);
  const last = all.pop()!;
  const failed = last.data && text(readDataSet(last.data, context.transferSyntax), 0x00080058);
  return { last: last.command, pending: all.map((response) => response.command), failed };
}

export async function move(
  acceptor: Acceptor,
  destination: string,
  keys: JSONDataSet,
  sopClass = STUDY_ROOT.move,
): Promise<Retrieved> {
  const association = await open(acceptor, [{ abstractSyntax: sopClass, transferSyntaxes: [EXPLICIT] }]);
  const command = { CommandField: CommandField.C_MOVE_RQ, AffectedSOPClassUID: sopClass, MoveDestination: destination };
  const result = await retrieve(association, command, keys);
  await association.release();
  return result;
}

/** The identifier of a retrieval of these studies. */
export const ofStudy = (...studies: string[]) => identifier('STUDY', { '0020000D': ['UI', ...studies] });
