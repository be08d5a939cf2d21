import { createServer, type Server as HTTPServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { comments, slice } from '../../test/support/samples.ts';
import { withServer } from '../../test/support/with-server.ts';
import { Archive } from '../src/archive/archive.mjs';
import { type Acceptor, listen } from '../src/association/acceptor.mjs';
import type { Association, Response } from '../src/association/association.mjs';
import { type Command, CommandField, Status } from '../src/association/command-set.mjs';
import { collect } from '../src/association/incoming-data.mjs';
import type { Service } from '../src/association/negotiate.mjs';
import { openAssociation, type RequestedContext } from '../src/association/requestor.mjs';
import { type DataSet, readDataSet } from '../src/dicom/data-set-reader.mjs';
import { type JSONDataSet, writeDataSet } from '../src/dicom/data-set-writer.mjs';
import { findService } from '../src/query/find.mjs';
import { getService } from '../src/retrieve/get.mjs';
import { implicitFromExplicit } from '../src/retrieve/implicit-stream.mjs';
import { groups, moveService } from '../src/retrieve/move.mjs';

/* C-FIND, C-MOVE and C-GET of the gateway, with the archive behind it. */

const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const RLE = '1.2.840.10008.1.2.5';
const CT = '1.2.840.10008.5.1.4.1.1.2';
const PATIENT_ROOT = { find: '1.2.840.10008.5.1.4.1.2.1.1', move: '1.2.840.10008.5.1.4.1.2.1.2' };
const STUDY_ROOT = {
  find: '1.2.840.10008.5.1.4.1.2.2.1',
  move: '1.2.840.10008.5.1.4.1.2.2.2',
  get: '1.2.840.10008.5.1.4.1.2.2.3',
};

const archive = withServer();
let proxy: HTTPServer;
let reader: Archive;
const acceptors: Acceptor[] = [];
/** What the proxy in front of the archive does to a request, if anything. */
let disturb: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
let requests: { url: string; accept: string; range: string | undefined }[] = [];

interface Made {
  readonly study: string;
  readonly series: string;
  readonly sop: string;
  readonly patient: string;
  readonly name: string;
  readonly date: string;
  readonly number: number;
  readonly transferSyntaxUID?: string;
}

/** Two patients; the first has two studies, one of them with two series. */
const MADE: readonly Made[] = [
  made('1.2.1', '1.2.1.1', 1, 'P1', 'Äpfel^Jürgen', '20240105'),
  made('1.2.1', '1.2.1.1', 2, 'P1', 'Äpfel^Jürgen', '20240105'),
  { ...made('1.2.1', '1.2.1.2', 3, 'P1', 'Äpfel^Jürgen', '20240105'), transferSyntaxUID: IMPLICIT },
  made('1.2.2', '1.2.2.1', 1, 'P1', 'Äpfel^Jürgen', '20240301'),
  { ...made('1.2.3', '1.2.3.1', 1, 'P2', 'Smith^Anna', '20230601'), transferSyntaxUID: RLE },
];

function made(study: string, series: string, number: number, patient: string, name: string, date: string): Made {
  return { study, series, sop: `${series}.${number}`, patient, name, date, number };
}

/** 16 by 16 pixels of 0, as RLE: PS3.5 G. */
function rleOfZeros(): Uint8Array {
  const segment = [0x81, 0, 0x81, 0];
  const head = new Uint32Array(16);
  head.set([2, 64, 68]);
  return Uint8Array.of(...new Uint8Array(head.buffer), ...segment, ...segment);
}

const FILES = MADE.map(({ study, series, sop, patient, name, date, number, transferSyntaxUID }) =>
  Buffer.from(
    slice({
      ...{ study, series, sop, instanceNumber: number, seed: number },
      ...(transferSyntaxUID === undefined ? {} : { transferSyntaxUID }),
      ...(transferSyntaxUID === RLE ? { fragments: [rleOfZeros()] } : {}),
      elements: [
        [0x00100020, 'LO', patient],
        [0x00100010, 'PN', name],
        [0x00080020, 'DA', date],
        [0x0020000d, 'UI', study],
        [0x00081140, 'SQ', [[[0x00081155, 'UI', '1.2.3']], []]],
        ...(number === 2 ? [comments(60_000)] : []),
      ],
    }),
  ),
);
const fileOf = (sop: string) => FILES[MADE.findIndex((one) => one.sop === sop)]!;

beforeAll(async () => {
  for (const file of FILES) {
    const headers = { 'Content-Type': 'application/dicom' };
    const stored = await fetch(`${archive.origin}/dicomweb/studies`, {
      method: 'POST',
      headers,
      body: new Uint8Array(file),
    });
    // 202: stored, with a warning of the short values.
    expect(stored.status).toBeLessThan(300);
  }
  proxy = createServer((request, response) => {
    const { accept = '', range } = request.headers;
    requests.push({ url: request.url ?? '', accept, range });
    if (disturb?.(request, response)) return;
    forward(request, response);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  reader = new Archive({ base: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/dicomweb` });
});
afterAll(async () => {
  reader?.close();
  proxy?.closeAllConnections();
  proxy?.close();
});
afterEach(async () => {
  disturb = undefined;
  requests = [];
  await Promise.all(acceptors.splice(0).map((acceptor) => acceptor.close()));
});

/** @param cut bytes after which the connection breaks off */
async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  cut = Number.POSITIVE_INFINITY,
): Promise<void> {
  const { accept = '', range, 'if-range': ifRange } = request.headers;
  const headers = { Accept: accept, ...(range && { Range: range }), ...(ifRange && { 'If-Range': String(ifRange) }) };
  const answer = await fetch(archive.origin + request.url, { headers });
  const body = Buffer.from(await answer.arrayBuffer());
  const { 'content-encoding': _, 'transfer-encoding': __, ...kept } = Object.fromEntries(answer.headers);
  response.writeHead(answer.status, { ...kept, 'content-length': String(body.length) });
  response.write(body.subarray(0, cut), () => {
    if (cut < body.length) response.destroy();
    else response.end();
  });
}

interface Received {
  readonly sop: string;
  readonly transferSyntax: string;
  readonly data: Buffer;
  readonly command: Command;
}

/** Takes instances in these transfer syntaxes. */
function storage(syntaxes: readonly string[], answer: (sop: string) => number = () => Status.Success) {
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

async function gateway(parts: { peers?: Record<string, number>; mayQuery?: boolean; mostMatches?: number } = {}) {
  const { peers = {}, mayQuery = true, mostMatches = 5000 } = parts;
  const peerOf = (aeTitle: string) => {
    const port = peers[aeTitle];
    return port === undefined ? undefined : { host: '127.0.0.1', port };
  };
  const all = { archive: reader, aeTitle: 'GATEWAY', peerOf, mayQuery: () => mayQuery, mostMatches };
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

async function workstation(syntaxes: readonly string[], answer?: (sop: string) => number) {
  const { service, received } = storage(syntaxes, answer);
  const acceptor = await listen({ host: '127.0.0.1', port: 0, services: [service] });
  acceptors.push(acceptor);
  return { port: acceptor.port, received, acceptor };
}

function open(
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

const identifier = (level: string, keys: Record<string, [vr: string, ...values: unknown[]]>): JSONDataSet => ({
  '00080052': { vr: 'CS', Value: [level] },
  ...Object.fromEntries(Object.entries(keys).map(([tag, [vr, ...Value]]) => [tag, { vr, Value }])),
});

interface FindResult {
  readonly status: number;
  readonly pending: Set<unknown>;
  readonly comment: unknown;
  readonly matches: DataSet[];
}

async function find(
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

const text = (dataSet: DataSet, tag: number) => {
  const element = dataSet.get(tag);
  return element?.value.toString('utf8').replace(/[\0 ]+$/, '');
};
const texts = ({ matches }: FindResult, tag: number) => matches.map((match) => text(match, tag)).sort();

describe('C-FIND', () => {
  test('study root: studies by range and wildcard, with the keys that were asked for', async () => {
    const found = await find(
      identifier('STUDY', {
        '00080020': ['DA', '20240101-20240201'],
        '00100010': ['PN', 'äpfel*'],
        '00100020': ['LO'],
        '0020000D': ['UI'],
        '00201206': ['IS'],
        '00204000': ['LT'],
        '00181000': ['LO', 'X1'],
      }),
    );
    expect([found.status, [...found.pending]]).toEqual([Status.Success, [Status.PendingWithWarning]]);
    const [match, ...others] = found.matches;
    expect(others).toEqual([]);
    expect(text(match!, 0x00080005)).toBe('ISO_IR 192');
    expect(text(match!, 0x00080052)).toBe('STUDY');
    expect(text(match!, 0x00080054)).toBe('GATEWAY');
    expect(text(match!, 0x00100010)).toBe('Äpfel^Jürgen');
    expect(text(match!, 0x00100020)).toBe('P1');
    expect(text(match!, 0x0020000d)).toBe('1.2.1');
    expect(text(match!, 0x00201206)).toBe('2');
    expect(text(match!, 0x00204000)).toBe('');
    expect([...match!.keys()]).not.toContain(0x00081190);
  });

  test('patient root: each patient once, with counts over its studies', async () => {
    const keys = { '00100020': ['LO'], '00100010': ['PN'], '00201200': ['IS'], '00201204': ['IS'] } as const;
    const found = await find(identifier('PATIENT', { ...keys } as never), { sopClass: PATIENT_ROOT.find });
    const rows = found.matches.map((match) => [0x00100020, 0x00201200, 0x00201204].map((tag) => text(match, tag)));
    expect(rows.sort()).toEqual([
      ['P1', '2', '4'],
      ['P2', '1', '1'],
    ]);
    expect([...found.pending]).toEqual([Status.Pending]);
  });

  test('series and images, by lists of UIDs, in implicit VR', async () => {
    const series = await find(
      identifier('SERIES', { '0020000D': ['UI', '1.2.1'], '0020000E': ['UI'], '00080060': ['CS', 'CT'] }),
      { syntax: IMPLICIT },
    );
    expect(texts(series, 0x0020000e)).toEqual(['1.2.1.1', '1.2.1.2']);
    expect(texts(series, 0x0020000d)).toEqual(['1.2.1', '1.2.1']);
    const images = await find(
      identifier('IMAGE', {
        '0020000D': ['UI', '1.2.1'],
        '0020000E': ['UI', '1.2.1.1'],
        '00080018': ['UI', '1.2.1.1.1', '1.2.1.1.2', '9.9'],
        '00200013': ['IS'],
        '00280010': ['US'],
      }),
      { syntax: IMPLICIT },
    );
    expect(texts(images, 0x00080018)).toEqual(['1.2.1.1.1', '1.2.1.1.2']);
    expect(texts(images, 0x00200013)).toEqual(['1', '2']);
    expect(images.matches[0]!.get(0x00280010)?.value.readUInt16LE()).toBe(16);
  });

  test('a search is hierarchical: the levels above need their unique keys, each with one value', async () => {
    const study: Record<string, [string, ...unknown[]]> = { '0020000D': ['UI', '1.2.1'] };
    const series: Record<string, [string, ...unknown[]]> = { '0020000E': ['UI', '1.2.1.1'] };
    const bad = [
      identifier('SERIES', { '0020000E': ['UI'] }),
      identifier('SERIES', { '0020000D': ['UI', '1.2.1', '1.2.2'] }),
      identifier('SERIES', { '0020000D': ['UI', '*'] }),
      identifier('IMAGE', { '00080018': ['UI'] }),
      identifier('IMAGE', { ...study, '00080018': ['UI'] }),
      identifier('IMAGE', { ...series, '00080018': ['UI'] }),
      identifier('IMAGE', { ...study, '0020000E': ['UI', '1.2.1.1', '1.2.1.2'] }),
    ];
    for (const sopClass of [STUDY_ROOT.find, PATIENT_ROOT.find]) {
      for (const keys of bad) expect(await find(keys, { sopClass })).toMatchObject({ status: 0xa900, matches: [] });
    }
    expect(requests).toEqual([]);
    const found = await find(identifier('IMAGE', { ...study, ...series, '00080018': ['UI'] }), {
      sopClass: PATIENT_ROOT.find,
    });
    expect(texts(found, 0x00080018)).toEqual(['1.2.1.1.1', '1.2.1.1.2']);
  });

  test('the character set of the identifier is read', async () => {
    const keys = writeDataSet(identifier('STUDY', { '00100020': ['LO'], '0020000D': ['UI'] }), EXPLICIT);
    const name = Buffer.from('\u00C4PFEL^J\u00DCRGEN', 'latin1');
    const element = (tag: string, vr: string, value: Buffer) => {
      const head = Buffer.alloc(8);
      head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
      head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
      head.write(vr, 4);
      head.writeUInt16LE(value.length, 6);
      return Buffer.concat([head, value]);
    };
    const at = keys.indexOf(Buffer.from([0x10, 0, 0x20, 0]));
    const bytes = Buffer.concat([
      element('00080005', 'CS', Buffer.from('ISO_IR 100')),
      keys.subarray(0, at),
      element('00100010', 'PN', name),
      keys.subarray(at),
    ]);
    const association = await open(await gateway(), [
      { abstractSyntax: STUDY_ROOT.find, transferSyntaxes: [EXPLICIT] },
    ]);
    const command = { CommandField: CommandField.C_FIND_RQ, AffectedSOPClassUID: STUDY_ROOT.find };
    const { responses } = await association.start(association.contextFor(STUDY_ROOT.find)!, command, bytes);
    const studies: unknown[] = [];
    for await (const { data } of responses) if (data) studies.push(text(readDataSet(data, EXPLICIT), 0x0020000d));
    expect(studies.sort()).toEqual(['1.2.1', '1.2.2']);
    await association.release();
  });

  test('statuses: another level, a bad value, too many matches, no permission, no archive', async () => {
    const study = identifier('STUDY', { '0020000D': ['UI'] });
    expect((await find(identifier('PATIENT', {}))).status).toBe(0xa900);
    expect((await find(identifier('', {}))).status).toBe(0xa900);
    expect((await find(identifier('STUDY', { '00080020': ['DA', 'yesterday'] }))).status).toBe(0xa900);
    const many = await find(study, { mostMatches: 2 });
    expect([many.status, many.matches.length, many.comment]).toEqual([0xa700, 2, 'more than 2 matches']);
    expect((await find(study, { mayQuery: false })).status).toBe(Status.NotAuthorized);
    disturb = (_, response) => {
      response.writeHead(403).end('{"detail":"no"}');
      return true;
    };
    expect(await find(study)).toMatchObject({ status: 0xc001, comment: 'no', matches: [] });
    disturb = (_, response) => {
      response.destroy();
      return true;
    };
    expect((await find(study)).status).toBe(0xc001);
  });

  test('C-CANCEL ends it between two matches', async () => {
    const association = await open(await gateway(), [
      { abstractSyntax: STUDY_ROOT.find, transferSyntaxes: [EXPLICIT] },
    ]);
    disturb = (request, response) => {
      // The page does not come before the peer has cancelled.
      association.ended.then(() => response.destroy());
      return request.url?.includes('limit') === true;
    };
    const { responses, cancel } = await association.start(
      association.contextFor(STUDY_ROOT.find)!,
      { CommandField: CommandField.C_FIND_RQ, AffectedSOPClassUID: STUDY_ROOT.find },
      writeDataSet(identifier('STUDY', { '0020000D': ['UI'] }), EXPLICIT),
    );
    await cancel();
    const statuses: unknown[] = [];
    for await (const { command } of responses) statuses.push(command.Status);
    expect(statuses).toEqual([Status.Cancel]);
    await association.release();
  });
});

interface Retrieved {
  readonly last: Command;
  readonly pending: Command[];
  readonly failed: string | undefined;
}

async function retrieve(association: Association, command: Command, keys: JSONDataSet): Promise<Retrieved> {
  const context = association.contextFor(String(command.AffectedSOPClassUID))!;
  const { responses } = await association.start(context, command, writeDataSet(keys, context.transferSyntax));
  const all: Response[] = [];
  for await (const response of responses) all.push(response);
  const last = all.pop()!;
  const failed = last.data && text(readDataSet(last.data, context.transferSyntax), 0x00080058);
  return { last: last.command, pending: all.map((response) => response.command), failed };
}

async function move(
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

const ofStudy = (...studies: string[]) => identifier('STUDY', { '0020000D': ['UI', ...studies] });
/** The data set of a file. */
const dataSetOf = (file: Buffer) => file.subarray(144 + file.readUInt32LE(140));

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
    const acceptor = await gateway({ peers });
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
    disturb = (request, response) => {
      const isLost = request.url?.endsWith('1.2.1.1.1');
      if (isLost) response.writeHead(500).end();
      else if (request.url?.endsWith('1.2.1.1.2') && busy-- > 0) response.writeHead(503, { 'Retry-After': '0' }).end();
      else return false;
      return true;
    };
    const lost = await move(acceptor, 'PACS', ofStudy('1.2.1'));
    expect([lost.last.Status, lost.failed, lost.last.NumberOfWarningSuboperations]).toEqual([0xb000, '1.2.1.1.1', 1]);
    disturb = (_, response) => {
      response.writeHead(401).end();
      return true;
    };
    expect((await move(acceptor, 'PACS', ofStudy('1.2.1'))).last.Status).toBe(0xc001);
  });

  test('a stream from the archive that breaks off goes on where it was', async () => {
    const { port, received } = await workstation([EXPLICIT, IMPLICIT]);
    let cuts = 3;
    disturb = (request, response) => {
      if (!request.url?.endsWith('/instances/1.2.1.1.2') || cuts-- <= 0) return false;
      forward(request, response, 20_000);
      return true;
    };
    const { last } = await move(await gateway({ peers: { PACS: port } }), 'PACS', ofStudy('1.2.1'));
    expect(last.Status).toBe(Status.Success);
    const [one] = received.filter(({ sop }) => sop === '1.2.1.1.2');
    expect(one!.data.equals(dataSetOf(fileOf('1.2.1.1.2')))).toBe(true);
    expect(requests.filter(({ range }) => range !== undefined).map(({ range }) => range)).toHaveLength(3);
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

describe('C-GET', () => {
  const get = async (syntaxes: readonly string[], keys: JSONDataSet) => {
    const { service, received } = storage(syntaxes);
    const association = await open(
      await gateway(),
      [
        { abstractSyntax: STUDY_ROOT.get, transferSyntaxes: [IMPLICIT] },
        ...syntaxes.map((syntax) => ({
          abstractSyntax: CT,
          transferSyntaxes: [syntax],
          role: { scu: false, scp: true },
        })),
      ],
      [service],
    );
    const command = { CommandField: CommandField.C_GET_RQ, AffectedSOPClassUID: STUDY_ROOT.get };
    const result = await retrieve(association, command, keys);
    await association.release();
    return { ...result, received };
  };

  test('sends on the same association, as stored where that was accepted', async () => {
    const { last, received } = await get([EXPLICIT, RLE], ofStudy('1.2.1', '1.2.3'));
    expect(last).toMatchObject({ Status: Status.Success, NumberOfCompletedSuboperations: 4 });
    expect(received.map(({ sop, transferSyntax }) => [sop, transferSyntax]).sort()).toEqual([
      ['1.2.1.1.1', EXPLICIT],
      ['1.2.1.1.2', EXPLICIT],
      ['1.2.1.2.3', EXPLICIT],
      ['1.2.3.1.1', RLE],
    ]);
    expect(received[0]!.command.MoveOriginatorMessageID).toBeUndefined();
  });

  test('instances of a SOP class that the peer does not take fail', async () => {
    const { last, failed } = await get([], ofStudy('1.2.2'));
    expect([last.Status, failed]).toEqual([0xa702, '1.2.2.1.1']);
  });
});

test('a data set that ends within its pixels has the length of what is there', async () => {
  const explicit = dataSetOf(fileOf('1.2.1.1.1'));
  for (const missing of [100, 101]) {
    const cut = explicit.subarray(0, explicit.length - missing);
    const source = (async function* () {
      yield cut;
    })();
    const pieces: Buffer[] = [];
    for await (const piece of implicitFromExplicit(source, cut.length)) pieces.push(piece);
    const pixels = readDataSet(Buffer.concat(pieces), IMPLICIT).get(0x7fe00010)!.value;
    // Of even length: PS3.5 7.1.
    expect(pixels.length).toBe(512 - 100);
    expect(pixels.subarray(0, 400).equals(explicit.subarray(-512, -112))).toBe(true);
  }
});

test('explicit VR becomes implicit VR in pieces of any length', async () => {
  const explicit = dataSetOf(fileOf('1.2.1.1.2'));
  const expected = readDataSet(explicit, EXPLICIT);
  for (const length of [7, 1000, explicit.length]) {
    const pieces: Buffer[] = [];
    const source = (async function* () {
      for (let at = 0; at < explicit.length; at += length) yield explicit.subarray(at, at + length);
    })();
    for await (const piece of implicitFromExplicit(source)) pieces.push(piece);
    const found = readDataSet(Buffer.concat(pieces), IMPLICIT);
    expect([...found.keys()]).toEqual([...expected.keys()]);
    for (const [tag, { value, items }] of expected) {
      expect(found.get(tag)?.value.equals(value), String(tag)).toBe(true);
      expect(found.get(tag)?.items?.length).toBe(items?.length);
    }
  }
  await expect(
    (async () => {
      for await (const _ of implicitFromExplicit(
        (async function* () {
          yield explicit.subarray(0, 101);
        })(),
      ));
    })(),
  ).rejects.toThrow('cut short');
});
