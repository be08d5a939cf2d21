import { describe, expect, it } from 'vitest';
import { MOST_INSTANCES } from '../../../src/archive/commitment/commit-storage';
import { COMMITMENT_MS } from '../../../src/archive/commitment/commitments';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { readDicomXml } from '../../../src/dicom/xml/xml-reader';
import { dicomXml } from '../../../src/dicom/xml/xml-writer';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import {
  CREATOR,
  dataSetOf,
  found,
  item,
  JSON_TYPE,
  ofInstances,
  PATH,
  post,
  sha256,
  sq,
  ui,
  withDigest,
  XML,
} from '../../support/clients/commitment-data-sets';
import { CT_IMAGE_STORAGE as CT, slice } from '../../support/files/samples';
import { isOneDatabase } from '../../support/platform/bindings';
import { reset } from '../../support/platform/counting';
import { failing } from '../../support/platform/failing';
import { passTime } from '../../support/time/short-pauses';

/* PS3.18 13: the archive says of each instance whether its bytes are in the bucket. */

let archive: ArchiveClient;

withArchive(() => {
  archive = archiveClient();
});

const request = (uid: string, dataSet: DicomJson, of = archive) => of.fetch(PATH + uid, post(JSON.stringify(dataSet)));
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

  it('JSON and XML, alone or in both directions', async () => {
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

  it('costs one look at the bucket for each instance, and five statements', async () => {
    await archive.store(FILES);
    await archive.fetch('/dicomweb/studies');
    reset(archive.operations);
    await request(
      '2.25.1',
      ofInstances(...FILES.flatMap((_, at) => [item(`1.2.3.4.${at + 1}`), item(`1.2.3.4.${at + 1}`)])),
    );
    // Several databases are all asked, and the directory for studies that move.
    expect(archive.operations).toMatchObject({ d1: isOneDatabase ? 5 : 8, r2Writes: [] });
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
