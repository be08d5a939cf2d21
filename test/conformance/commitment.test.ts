import { describe, expect, it } from 'vitest';
import { MOST_INSTANCES } from '../../src/archive/commitment/commit-storage';
import { COMMITMENT_MS } from '../../src/archive/commitment/commitments';
import type { DicomJson } from '../../src/dicom/json/json-model';
import { readDicomXml } from '../../src/dicom/xml/xml-reader';
import { dicomXml } from '../../src/dicom/xml/xml-writer';
import { type ArchiveClient, archiveClient, multipart, partsOf } from '../support/archive-client';
import { isOneDatabase } from '../support/bindings';
import { reset } from '../support/counting';
import { failing } from '../support/failing';
import { CT_IMAGE_STORAGE as CT, slice } from '../support/samples';
import { passTime } from '../support/short-pauses';
import { upload } from '../support/upload-client';
import { withArchive } from '../support/with-archive';

/* PS3.18 13: the archive says of each instance whether its bytes are in the bucket. */

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const CREATOR = 'DICOMWEB-EDGE COMMITMENT 1.0';
const JSON_TYPE = 'application/dicom+json';
const XML = 'application/dicom+xml';
const ui = (value: string) => ({ vr: 'UI', Value: [value] });
const sq = (...Value: DicomJson[]) => ({ vr: 'SQ', Value });

const hex = (bytes: ArrayBuffer) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
const sha256 = async (file: Uint8Array) => hex(await crypto.subtle.digest('SHA-256', new Uint8Array(file)));
const withDigest = (digest: string, block = '10') => ({
  [`000900${block}`]: { vr: 'LO', Value: [CREATOR] },
  [`0009${block}01`]: { vr: 'LO', Value: [digest] },
});
const item = (sop: string, digest?: string, sopClass = CT): DicomJson => ({
  '00081150': ui(sopClass),
  '00081155': ui(sop),
  ...(digest === undefined ? {} : withDigest(digest)),
});
const ofInstances = (...items: DicomJson[]): DicomJson => ({ '00081199': sq(...items) });

const PATH = '/dicomweb/commitment-requests/';
const post = (body: string, type = JSON_TYPE, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': type, Accept: JSON_TYPE, ...headers },
  body,
});
const request = (uid: string, dataSet: DicomJson, of = archive) => of.fetch(PATH + uid, post(JSON.stringify(dataSet)));

async function dataSetOf(response: Response): Promise<DicomJson> {
  expect(response.status).toBe(200);
  return await response.json();
}

/** The committed instances with their digests, and the failed ones with Failure Reason and code. */
function found(dataSet: DicomJson) {
  const items = (tag: string) => (dataSet[tag]?.Value ?? []) as DicomJson[];
  const value = (of: DicomJson, tag: string) => of[tag]?.Value?.[0];
  return {
    committed: items('00081199').map((of) => {
      expect(value(of, '00090010')).toBe(CREATOR);
      return [value(of, '00081155'), ...(of['00091001']?.Value ?? [])];
    }),
    failed: items('00081198').map((of) => [value(of, '00081155'), value(of, '00081197'), value(of, '00091002')]),
  };
}

const FILES = [1, 2, 3].map((at) => slice({ sop: `1.2.3.4.${at}`, seed: at }));

describe('13.4 request', () => {
  it('commits to what is there, and tells its SHA-256', async () => {
    await archive.store(FILES);
    const digests = await Promise.all(FILES.map(sha256));
    const asked = ofInstances(
      item('1.2.3.4.1'),
      item('1.2.3.4.2', digests[1]!.toUpperCase()),
      item('1.2.3.4.3', digests[2]),
    );
    const response = await request('2.25.1', asked);
    expect(response.headers.get('Content-Type')).toBe(JSON_TYPE);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const answer = await dataSetOf(response);
    expect(Object.keys(answer)).toEqual(['00081199']);
    expect(found(answer)).toEqual({
      committed: digests.map((digest, at) => [`1.2.3.4.${at + 1}`, digest]),
      failed: [],
    });
  });

  it('one object that was removed from the bucket makes exactly one failed item', async () => {
    await archive.store(FILES);
    const { objects } = await archive.bindings.bucket.list({
      prefix: `${archive.prefix}/instances/1.2.3.4/1.2.3.4.0/1.2.3.4.2/`,
    });
    const [file, ...others] = objects.filter(({ key }) => key.endsWith('.dcm'));
    expect(others).toEqual([]);
    await archive.bindings.bucket.delete(file!.key);
    const asked = ofInstances(...FILES.map((_, at) => item(`1.2.3.4.${at + 1}`)));
    const { committed, failed } = found(await dataSetOf(await request('2.25.1', asked)));
    expect(committed.map(([sop]) => sop)).toEqual(['1.2.3.4.1', '1.2.3.4.3']);
    expect(failed).toEqual([['1.2.3.4.2', 0x0110, 'LOST']]);
  });

  it('an object of another length does not count', async () => {
    await archive.store(FILES);
    const { objects } = await archive.bindings.bucket.list({ prefix: `${archive.prefix}/instances/` });
    const file = objects.find(({ key }) => key.includes('/1.2.3.4.1/') && key.endsWith('.dcm'))!;
    // R2 accepts one write a second for a key.
    passTime(1100);
    await archive.bindings.bucket.put(file.key, new Uint8Array(file.size - 1));
    const { failed } = found(
      await dataSetOf(await request('2.25.1', ofInstances(item('1.2.3.4.1'), item('1.2.3.4.3')))),
    );
    expect(failed).toEqual([['1.2.3.4.1', 0x0110, 'LOST']]);
  });

  it('Failure Reasons of PS3.3 C.14.1.1', async () => {
    await archive.store(FILES);
    await archive.store([slice({ study: '1.2.5', series: '1.2.5.0', sop: '1.2.5.1' })]);
    await archive.fetch('/dicomweb/studies/1.2.5', { method: 'DELETE' });
    const asked = ofInstances(
      item('1.2.3.4.1', await sha256(FILES[1]!)),
      item('1.2.3.4.2', undefined, '1.2.840.10008.5.1.4.1.1.4'),
      item('1.2.3.4.3'),
      item('9.9.9'),
      item('1.2.5.1'),
    );
    const { committed, failed } = found(await dataSetOf(await request('2.25.1', asked)));
    expect(committed).toEqual([['1.2.3.4.3', await sha256(FILES[2]!)]]);
    expect(failed).toEqual([
      ['1.2.3.4.1', 0x0112, 'OTHER_BYTES'],
      ['1.2.3.4.2', 0x0119, 'OTHER_CLASS'],
      ['9.9.9', 0x0112, 'ABSENT'],
      ['1.2.5.1', 0x0112, 'ABSENT'],
    ]);
  });

  it('one SOP Instance UID in two series: all of its files, or the one that the request means', async () => {
    const other = slice({ series: '1.2.3.4.9', sop: '1.2.3.4.1', seed: 9 });
    await archive.store([FILES[0]!, other]);
    const [one, two] = [await sha256(FILES[0]!), await sha256(other)];
    const both = found(await dataSetOf(await request('2.25.1', ofInstances(item('1.2.3.4.1')))));
    expect(both.committed[0]!.slice(1).sort()).toEqual([one, two].sort());
    const meant = found(await dataSetOf(await request('2.25.2', ofInstances(item('1.2.3.4.1', two)))));
    expect(meant.committed).toEqual([['1.2.3.4.1', two]]);
    const place = (series: string) => ({
      '0020000D': ui('1.2.3.4'),
      '00081115': sq({ '0020000E': ui(series), ...ofClass }),
    });
    const ofClass = { '00081112': sq({ '00081150': ui(CT), '0008114A': sq({ '00081155': ui('1.2.3.4.1') }) }) };
    const within = await dataSetOf(await request('2.25.3', { '00081110': sq(place('1.2.3.4.9'), place('1.2.3.4.8')) }));
    const held = { '00090010': { vr: 'LO', Value: [CREATOR] }, '00091001': { vr: 'LO', Value: [two] } };
    const reason = { '00090010': { vr: 'LO', Value: [CREATOR] }, '00091002': { vr: 'CS', Value: ['ABSENT'] } };
    const failure = { '00081155': ui('1.2.3.4.1'), '00081197': { vr: 'US', Value: [0x0112] }, ...reason };
    const answered = (series: string, instance: DicomJson) =>
      sq({
        '0020000D': ui('1.2.3.4'),
        '00081115': sq({ '0020000E': ui(series), '00081112': sq({ '00081150': ui(CT), '0008114A': sq(instance) }) }),
      });
    expect(within).toEqual({
      '00081110': answered('1.2.3.4.9', { '00081155': ui('1.2.3.4.1'), ...held }),
      '0008119B': answered('1.2.3.4.8', failure),
    });
  });

  it('JSON and XML, by themselves or multipart, in both directions', async () => {
    await archive.store(FILES);
    const asked = ofInstances(item('1.2.3.4.1', await sha256(FILES[0]!)), item('9.9'));
    const expected = found(await dataSetOf(await request('2.25.1', asked)));
    const related = `multipart/related; type="${XML}"; boundary=b`;
    const wrapped = `--b\r\nContent-Type: ${XML}\r\n\r\n${dicomXml(asked)}\r\n--b--\r\n`;
    for (const [at, [type, body]] of (
      [
        [JSON_TYPE, JSON.stringify([asked])],
        [XML, dicomXml(asked)],
        [related, wrapped],
      ] as const
    ).entries()) {
      const response = await archive.fetch(`${PATH}2.26.${at}`, post(body, type, { Accept: XML }));
      expect(response.status, type).toBe(200);
      expect(response.headers.get('Content-Type')).toBe(XML);
      expect(found(readDicomXml(await response.text()))).toEqual(expected);
    }
    const response = await archive.fetch(`${PATH}2.25.1`, { headers: { Accept: `multipart/related; type="${XML}"` } });
    const [part] = await partsOf(response);
    expect(found(readDicomXml(new TextDecoder().decode(part!.body)))).toEqual(expected);
  });

  it('the digest may be in any private block of the creator; another creator is ignored', async () => {
    await archive.store(FILES);
    const wrong = '0'.repeat(64);
    const foreign = { '00090010': { vr: 'LO', Value: ['ACME 1.1'] }, '00091001': { vr: 'LO', Value: [wrong] } };
    const asked = ofInstances(
      { ...item('1.2.3.4.1'), ...foreign },
      { ...item('1.2.3.4.2'), ...foreign, ...withDigest(wrong, 'A7') },
    );
    const { committed, failed } = found(await dataSetOf(await request('2.25.1', asked)));
    expect([committed.length, failed]).toEqual([1, [['1.2.3.4.2', 0x0112, 'OTHER_BYTES']]]);
  });

  it('400, 406, 413 and 415 for what cannot be read, and nothing is kept', async () => {
    const good = JSON.stringify(ofInstances(item('1.2')));
    const bad = (dataSet: unknown) => JSON.stringify(dataSet);
    const many = Array.from({ length: MOST_INSTANCES + 1 }, (_, at) => item(`1.2.${at}`));
    const cases: [status: number, path: string, init: RequestInit][] = [
      [400, '1.2..3', post(good)],
      [400, 'x', post(good)],
      [400, '1.2', { method: 'POST', headers: { 'Content-Type': JSON_TYPE } }],
      [400, '1.2', post('')],
      [400, '1.2', post('{')],
      [400, '1.2', post('[]')],
      [400, '1.2', post('<x/>', XML)],
      [400, '1.2', post('--b\r\nContent-Type: x', `multipart/related; type="${XML}"; boundary=b`)],
      [400, '1.2', post('{}')],
      [400, '1.2', post(bad({ '00081199': { vr: 'SQ' } }))],
      [400, '1.2', post(bad({ '00081199': { vr: 'UI', Value: ['1.2'] } }))],
      [400, '1.2', post(bad({ ...ofInstances(item('1.2')), '00081110': sq({}) }))],
      [400, '1.2', post(bad({ '00081110': sq({ '0020000D': ui('1.2') }) }))],
      [400, '1.2', post(bad(ofInstances(item('1.2'), { '00081155': ui('1.2') })))],
      [400, '1.2', post(bad(ofInstances(item('a b'))))],
      [400, '1.2', post(bad(ofInstances(item('1.2', 'abc'))))],
      [406, '1.2', post(good, JSON_TYPE, { Accept: 'text/html' })],
      [413, '1.2', post(bad(ofInstances(...many)))],
      [413, '1.2', post(' '.repeat(5_000_001))],
      [415, '1.2', post(good, 'text/plain')],
      [415, '1.2', post(good, 'application/dicom')],
      [415, '1.2', post(good, JSON_TYPE, { 'Content-Encoding': 'gzip' })],
    ];
    for (const [status, path, init] of cases) {
      const response = await archive.fetch(PATH + path, init);
      expect([status, String(init.body).slice(0, 60), response.status]).toEqual([
        status,
        String(init.body).slice(0, 60),
        status,
      ]);
      expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    }
    expect((await archive.fetch(`${PATH}1.2`)).status).toBe(404);
  });

  it('503 when the bucket does not answer: nothing is said of instances that were not looked at', async () => {
    const broken = archiveClient({}, (real) =>
      failing(real, (operation) => (operation === 'get' ? { message: 'get: (10001)', when: 'before' } : undefined)),
    );
    await broken.store(FILES);
    const response = await request('2.25.1', ofInstances(item('1.2.3.4.1')), broken);
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '10']);
    expect((await broken.fetch(`${PATH}2.25.1`)).status).toBe(404);
  });

  it('costs one look at the bucket for each instance, and four statements', async () => {
    await archive.store(FILES);
    await archive.fetch('/dicomweb/studies');
    reset(archive.operations);
    await request(
      '2.25.1',
      ofInstances(...FILES.flatMap((_, at) => [item(`1.2.3.4.${at + 1}`), item(`1.2.3.4.${at + 1}`)])),
    );
    // Several databases are all asked, and the directory for studies that move.
    expect(archive.operations).toMatchObject({ d1: isOneDatabase ? 4 : 7, r2Writes: [] });
    expect(archive.operations.r2Reads).toHaveLength(3);
  });

  it('takes as many instances as it says, with the longest UIDs, and keeps the answer', async () => {
    const uid = (root: string, at: number) => `${root}.${String(at + 10_000)}`.padEnd(64, '1');
    const studies = Array.from({ length: MOST_INSTANCES }, (_, at) => ({
      '0020000D': ui(uid('1.1', at)),
      '00081115': sq({
        '0020000E': ui(uid('1.2', at)),
        '00081112': sq({
          '00081150': ui(uid('1.3', at)),
          '0008114A': sq({ '00081155': ui(uid('1.4', at)), ...withDigest('a'.repeat(64)) }),
        }),
      }),
    }));
    const answer = await dataSetOf(await request('2.25.1', { '00081110': sq(...studies) }));
    expect(answer['0008119B']?.Value).toHaveLength(MOST_INSTANCES);
    expect(await (await archive.fetch(`${PATH}2.25.1`, { headers: { Accept: JSON_TYPE } })).json()).toEqual(answer);
  });
});

describe('13.5 result check', () => {
  it('gives the answer of the request again, until it is a day old', async () => {
    await archive.store(FILES);
    const answer = await dataSetOf(await request('2.25.1', ofInstances(item('1.2.3.4.1'), item('9.9'))));
    const get = () => archive.fetch(`${PATH}2.25.1`, { headers: { Accept: JSON_TYPE } });
    expect(await (await get()).json()).toEqual(answer);
    await archive.bindings.database
      .prepare('UPDATE commitment SET created_at = ?')
      .bind(Date.now() - COMMITMENT_MS)
      .run();
    expect((await get()).status).toBe(404);
    expect((await archive.fetch(`${PATH}1.9`)).status).toBe(404);
  });

  it('409 for a Transaction UID that is in use; the first answer stays', async () => {
    const answer = await dataSetOf(await request('2.25.1', ofInstances(item('1.2.3.4.1'))));
    await archive.store(FILES);
    expect((await request('2.25.1', ofInstances(item('1.2.3.4.1')))).status).toBe(409);
    expect(await (await archive.fetch(`${PATH}2.25.1`)).json()).toEqual(answer);
    // Two at the same time: one of them is the first.
    const both = await Promise.all([1, 2].map(() => request('2.25.7', ofInstances(item('1.2.3.4.1')))));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});

describe('who asks', () => {
  const ROLES = JSON.stringify({
    modality: { permissions: ['store'], studies: { own: true } },
    trial: { permissions: ['store'], studies: { labels: ['trial'] } },
    reader: { permissions: ['search', 'retrieve'] },
  });

  async function deployment(variables: Record<string, string> = {}) {
    const open = archiveClient({ ROLES });
    const closed = archiveClient({ ALLOW_ANONYMOUS: '', ROLES, ...variables }, undefined, open.prefix);
    return async (role: string) => {
      const body = JSON.stringify({ name: role, roles: [role] });
      const made = await open.fetch('/keys', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      const Authorization = `Bearer ${((await made.json()) as { key: string }).key}`;
      return (path: string, init: RequestInit = {}) =>
        closed.fetch(path, { ...init, headers: { ...(init.headers as Record<string, string>), Authorization } });
    };
  }

  it('a sender sees its own instances, without any other permission, and its own transactions', async () => {
    const withKey = await deployment();
    const [one, two, trial, reader] = await Promise.all(['modality', 'modality', 'trial', 'reader'].map(withKey));
    await one!('/dicomweb/studies', { method: 'POST', ...multipart([FILES[0]!]) });
    // The label that would show the study is given by nobody: who began it can still ask for it.
    await trial!('/dicomweb/studies', {
      method: 'POST',
      ...multipart([slice({ study: '1.2.8', series: '1.2.8.0', sop: '1.2.8.1' })]),
    });
    const asked = post(JSON.stringify(ofInstances(item('1.2.3.4.1'), item('1.2.8.1'))));
    const of = async (who: typeof one) =>
      found(await dataSetOf(await who!(`${PATH}2.25.1`, asked))).committed.map(([sop]) => sop);
    expect([await of(one), await of(two), await of(trial)]).toEqual([['1.2.3.4.1'], [], ['1.2.8.1']]);
    expect((await reader!(`${PATH}2.25.1`, asked)).status).toBe(403);
    expect((await reader!(`${PATH}2.25.1`)).status).toBe(403);
    const check = async (who: typeof one) => found(await dataSetOf(await who!(`${PATH}2.25.1`))).committed.length;
    expect([await check(one), await check(two), await check(trial)]).toEqual([1, 0, 1]);
  });

  it('tells a sender of a study that it cannot see what it tells of a study of its own', async () => {
    for (const DUPLICATES of ['reject', 'replace', 'keep']) {
      const withKey = await deployment({ DUPLICATES });
      const [one, two] = await Promise.all(['modality', 'modality'].map(withKey));
      const file = (study: string, seed: number) => slice({ study, series: `${study}.0`, sop: `${study}.2`, seed });
      const send = (who: typeof one, sent: Uint8Array) =>
        who!('/dicomweb/studies', { method: 'POST', ...multipart([sent]) });
      await send(one, slice({ study: '1.2.70', series: '1.2.70.0', sop: '1.2.70.1' }));
      const told = async (study: string) => {
        const statuses: unknown[] = [];
        for (const seed of [1, 2]) statuses.push((await send(two, file(study, seed))).status);
        const digests = await Promise.all([1, 2].map((seed) => sha256(file(study, seed))));
        const answers = [];
        for (const [at, digest] of [undefined, ...digests].entries()) {
          const asked = post(JSON.stringify(ofInstances(item(`${study}.2`, digest))));
          const { committed, failed } = found(await dataSetOf(await two!(`${PATH}2.25.${study.slice(4)}${at}`, asked)));
          answers.push([
            committed.map(([, ...of]) => of.map((digest) => digests.indexOf(String(digest)))),
            failed.map(([, ...why]) => why),
          ]);
        }
        const session = (await (await two!('/dicomweb/upload-sessions', { method: 'POST' })).json()) as { id: string };
        const body = JSON.stringify(digests.map((sha256) => ({ sopInstanceUID: `${study}.2`, sha256 })));
        const asked = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
        const known = await (await two!(`/dicomweb/upload-sessions/${session.id}/known`, asked)).json();
        expect(known).toHaveLength(1);
        const path = await upload({ fetch: two! }, slice({ study, series: `${study}.0`, sop: `${study}.4` }), {
          session: session.id,
        });
        const { result, counts, results } = (await (await two!(path)).json()) as Record<string, unknown>;
        const described = JSON.stringify([result, counts, results]).replaceAll(study, 'STUDY');
        expect(described).toContain('"stored"');
        statuses.push(described);
        const sessions = await (await two!(`/dicomweb/upload-sessions/${session.id}`)).text();
        const ids = [session.id, path.slice(path.lastIndexOf('/') + 1)];
        statuses.push(
          ids
            .reduce((text, id) => text.replaceAll(id, 'ID'), sessions)
            .replaceAll(/"expires":"[^"]*"|"length":\d+/g, ''),
        );
        return [statuses, answers, (known as { sha256: string }[]).map(({ sha256 }) => digests.indexOf(sha256))];
      };
      // The first study is that of another sender; the second one is new.
      expect(await told('1.2.70'), DUPLICATES).toEqual(await told('1.2.80'));
    }
  });
});
