import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { BOUNDARY, related, type TestPart } from '../../support/clients/metadata-request';
import { deflatedFile, longHeader } from '../../support/files/hostile';
import { ascii, joined } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const DICOM = 'Content-Type: application/dicom';
const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
const items = (dataSet: DicomJson, tag: string) => (dataSet[tag]?.Value ?? []) as DicomJson[];
const post = (headers: Record<string, string>, body: BodyInit, path = '/dicomweb/studies') =>
  archive.fetch(path, { method: 'POST', headers, body });
const part = (body: Uint8Array, ...headers: string[]): TestPart => ({ headers, body });

describe('PS3.18 10.5.1 a single part of application/dicom', () => {
  it.each(['application/dicom', 'Application/DICOM', 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1'])(
    '%s',
    async (type) => {
      const file = slice();
      const response = await post({ 'Content-Type': type }, file);
      expect(response.status).toBe(200);
      expect(items(await response.json(), '00081199')).toHaveLength(1);
      expect(await archive.bytes(INSTANCE, 'application/dicom')).toEqual(file);
    },
  );

  it('to a study, to which it must belong', async () => {
    const type = { 'Content-Type': 'application/dicom' };
    expect((await post(type, slice(), '/dicomweb/studies/1.2.3.4')).status).toBe(200);
    const other = await post(type, slice({ study: '9.9', sop: '9.9.1' }), '/dicomweb/studies/1.2.3.4');
    expect(other.status).toBe(409);
    expect(items(await other.json(), '00081198')).toMatchObject([{ '00081197': { Value: [0xa900] } }]);
  });

  it('cut short or not DICOM: 409 with a dataset, and nothing is left behind', async () => {
    const type = { 'Content-Type': 'application/dicom' };
    for (const body of [slice().subarray(0, 300), ascii('no DICOM'), new Uint8Array(0)]) {
      const response = await post(type, body);
      expect(response.status).toBe(body.length === 0 ? 400 : 409);
    }
    expect((await archive.bindings.bucket.list()).objects).toEqual([]);
  });

  it('a deflated file of 50 KB, of which the archive inflates all to see whether it is refused', async () => {
    const length = 48 * 1024 * 1024;
    const file = await deflatedFile(longHeader(0x7fe00010, 'OW', length), length);
    const response = await post({ 'Content-Type': 'application/dicom' }, file);
    expect(response.status).toBe(200);
    expect(await archive.bytes(INSTANCE, 'application/dicom; transfer-syntax=*')).toEqual(file);
  });

  it.each([
    'application/octet-stream',
    'application/json',
    'text/xml',
    'image/jpeg',
    'multipart/form-data; boundary=b',
  ])('415 for %s by itself', async (type) => {
    expect((await post({ 'Content-Type': type }, slice())).status).toBe(415);
  });

  it('415 for a body with a content coding', async () => {
    const response = await post({ 'Content-Type': 'application/dicom', 'Content-Encoding': 'gzip' }, slice());
    expect(response.status).toBe(415);
    expect(response.headers.get('Accept-Encoding')).toBe('identity');
  });
});

describe('RFC 2387 the multipart body', () => {
  it.each([
    'multipart/related; type="application/dicom"; boundary="b"',
    'multipart/related; type=application/dicom; boundary=b',
    'Multipart/Related;TYPE="Application/Dicom";BOUNDARY=b',
    'multipart/related ; boundary = "b" ; type = application/dicom ; start="<1>"',
    'multipart/related; boundary=b',
  ])('Content-Type: %s', async (type) => {
    const body = joined([ascii('\r\n--b\r\ncontent-type: APPLICATION/dicom\r\n\r\n'), slice(), ascii('\r\n--b--')]);
    expect((await post({ 'Content-Type': type }, body)).status).toBe(200);
  });

  it.each([
    ['nothing around', '', ''],
    ['a preamble and an epilogue', 'This is a message\r\nof parts.\r\n', '\r\nThe end.\r\n--boundary'],
    ['a preamble that looks like a boundary', `--${BOUNDARY}x\r\n--boundary\r\n`, ''],
    ['an epilogue that looks like a part', '', `\r\n--${BOUNDARY}\r\n${DICOM}\r\n\r\n`],
  ])('%s', async (_name, before, after) => {
    const { headers, body } = multipart([slice()]);
    const whole = joined([ascii(before), body.subarray(0, -2), ascii(after)]);
    expect((await post(headers, whole)).status).toBe(200);
    expect(await archive.json('/dicomweb/instances')).toHaveLength(1);
  });

  it('a body that is cut anywhere is never a server error, and loses no complete part', async () => {
    // Each cut has instances of its own, all of the same length, so that nothing was stored before.
    const uids = (cut: number) => [1, 2].map((n) => `1.2.3.4.${10_000 + cut}.${n}`);
    const request = (cut: number) => multipart(uids(cut).map((sop) => slice({ sop, pixels: false })));
    const { body } = request(0);
    const text = new TextDecoder('latin1').decode(body);
    const second = text.indexOf(`\r\n--${BOUNDARY}\r\n`) + BOUNDARY.length + 6;
    const last = text.lastIndexOf(`\r\n--${BOUNDARY}--`) + BOUNDARY.length + 6;
    const cuts = new Set([0, 1, body.length - 1, body.length - 2]);
    for (const near of [0, second, last]) for (let at = near - 50; at < near + 90; at += 1) cuts.add(at);
    for (let at = 0; at < body.length; at += 149) cuts.add(at);
    for (const cut of [...cuts].filter((at) => at >= 0 && at < body.length)) {
      const sent = request(cut);
      expect(sent.body.length).toBe(body.length);
      const response = await post(sent.headers, sent.body.subarray(0, cut));
      const whole = cut >= last ? 2 : cut >= second ? 1 : 0;
      const dataSet = (await response.json()) as DicomJson;
      expect([cut, response.status]).toEqual([cut, [400, 202, 200][whole]]);
      expect(items(dataSet, '00081199').map((item) => item['00081155']?.Value?.[0])).toEqual(uids(cut).slice(0, whole));
    }
  });

  it('after a failed connection the complete parts are kept', async () => {
    const { headers, body } = multipart([slice(), slice({ sop: '1.2.3.4.2' })]);
    const chunks = [body.slice(0, 800), body.slice(800, body.length - 100)];
    const failing = new ReadableStream({
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.error(new Error('connection lost'));
        else controller.enqueue(chunk);
      },
    });
    expect((await post(headers, failing)).status).toBe(202);
    expect(await archive.json('/dicomweb/instances')).toHaveLength(1);
  });
});

describe('PS3.18 10.5.3 one bad part never loses a good one', () => {
  const study = '1.2.3.4';
  it.each<[string, TestPart]>([
    ['no DICOM', part(ascii('no DICOM at all'), DICOM)],
    ['nothing', part(new Uint8Array(0), DICOM)],
    ['a file cut in its header', part(slice().subarray(0, 200), DICOM)],
    ['a file without UIDs', part(slice({ elements: [[0x0020000d, 'UI', '']] }), DICOM)],
    ['a UID that cannot be used', part(slice({ elements: [[0x00080018, 'UI', '../x']] }), DICOM)],
    ['another study', part(slice({ study: '9.9' }), DICOM)],
    ['another type', part(ascii('{}'), 'Content-Type: application/json')],
    ['an image', part(ascii('\xff\xd8\xff'), 'Content-Type: image/jpeg')],
    ['an invalid header', part(slice(), 'DICM')],
    ['other content under known UIDs', part(slice({ seed: 9, sop: `${study}.1` }), DICOM)],
  ])('%s', async (_name, bad) => {
    const good = [1, 2].map((n) => part(slice({ sop: `${study}.${n}` }), DICOM));
    for (const parts of [
      [bad, ...good],
      [good[0]!, bad, good[1]!],
      [...good, bad],
    ]) {
      archive = archiveClient();
      // What is known before decides which of two contents under the same UIDs is the good one.
      await archive.store([slice({ sop: `${study}.1` })]);
      const { headers, body } = related(parts, 'application/dicom');
      const response = await post(headers, body, `/dicomweb/studies/${study}`);
      expect(response.status).toBe(202);
      const dataSet = (await response.json()) as DicomJson;
      expect(items(dataSet, '00081199').map((item) => item['00081155']?.Value?.[0])).toEqual([
        `${study}.1`,
        `${study}.2`,
      ]);
      expect([...items(dataSet, '00081198'), ...items(dataSet, '0008119A')]).toHaveLength(1);
      expect(await archive.bytes(INSTANCE, 'application/dicom')).toEqual(good[0]!.body);
      await emptyArchive();
    }
  });
});
