import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { CT_IMAGE_STORAGE as CT, slice } from '../../test/support/files/samples.ts';
import { nativeImage as imageOf } from '../../test/support/files/synthetic.ts';
import { withServer } from '../../test/support/server/with-server.ts';
import { Archive } from '../src/archive/archive.mjs';
import { CommandField, Status } from '../src/association/command-set.mjs';
import { openAssociation } from '../src/association/requestor.mjs';
import { commitmentsOf } from '../src/commitment/archive-commitment.mjs';
import { compressed } from '../src/compress/compress.mjs';
import { packFrame, unpackFrame } from '../src/compress/rle.mjs';
import { readDataSet } from '../src/dicom/data-set-reader.mjs';
import { Outbox } from '../src/outbox/outbox.mjs';
import { type Running, runGateway, scratch, until } from './support/running-gateway.ts';

/* Compression without loss on the way from the outbox to the archive. */

const EXPLICIT = '1.2.840.10008.1.2.1';
const RLE = '1.2.840.10008.1.2.5';

const archive = withServer();

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const dataSetOf = (file: Buffer) => file.subarray(144 + file.readUInt32LE(140));

/** An image whose rows have runs, as those of an image of a patient have. */
function smooth(sop: string, more: Parameters<typeof slice>[0] = {}): Buffer {
  const samples = Buffer.from(Uint16Array.from({ length: 64 * 64 }, (_, at) => (at % 64 < 40 ? 0 : at >> 4)).buffer);
  return Buffer.from(
    slice({
      sop,
      rows: 64,
      columns: 64,
      pixels: false,
      ...more,
      elements: [[0x7fe00010, 'OW', samples], ...(more.elements ?? [])],
    }),
  );
}

async function send(gateway: Running, sop: string, file: Buffer): Promise<void> {
  const association = await openAssociation({
    ...{ host: '127.0.0.1', port: gateway.port, callingAETitle: 'CT', calledAETitle: 'GATEWAY' },
    contexts: [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }],
  });
  const command = { CommandField: CommandField.C_STORE_RQ, AffectedSOPClassUID: CT, AffectedSOPInstanceUID: sop };
  const { command: answer } = await association.request(
    association.contextFor(CT)!,
    { ...command, Priority: 0 },
    dataSetOf(file),
  );
  expect(answer.Status).toBe(Status.Success);
  await association.release();
}

const retrieved = async (sop: string, transferSyntax: string) => {
  const url = `${archive.origin}/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/${sop}`;
  const answer = await fetch(url, { headers: { Accept: `application/dicom; transfer-syntax=${transferSyntax}` } });
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
};

test('an image goes compressed: the archive decodes the same pixels, and a commitment is of the file that was sent', async () => {
  const gateway = await runGateway({
    archive: `${archive.origin}/dicomweb`,
    toml: '[forward]\ncompress = true\nsettleSeconds = 0.01',
  });
  const files = new Map([
    ['1.2.3.4.1', smooth('1.2.3.4.1')],
    // Noise becomes longer: it goes as it was sent.
    ['1.2.3.4.2', Buffer.from(slice({ sop: '1.2.3.4.2', rows: 64, columns: 64 }))],
  ]);
  for (const [sop, file] of files) await send(gateway, sop, file);
  await until(() => gateway.files('outbox').length === 0, 'all to be forwarded');
  const journal = gateway
    .files('journal')
    .flatMap((path) => readFileSync(path, 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line));
  for (const [sop, file] of files) {
    const original = readDataSet(dataSetOf(file), EXPLICIT);
    const decoded = readDataSet(dataSetOf(await retrieved(sop, EXPLICIT)), EXPLICIT);
    // The codec of the archive is another one than the gateway's.
    expect(decoded.get(0x7fe00010)!.value.equals(original.get(0x7fe00010)!.value)).toBe(true);
    for (const [tag, { value }] of original) expect(decoded.get(tag)?.value.equals(value), String(tag)).toBe(true);
    const stored = await retrieved(sop, '*');
    expect(stored.includes(`${RLE}\0`)).toBe(sop === '1.2.3.4.1');
    if (sop === '1.2.3.4.1') expect(stored.length).toBeLessThan(file.length / 2);
    expect(journal.find((one) => one.sopInstanceUID === sop).sha256).toBe(sha256(stored));
  }
  const reader = new Archive({ base: `${archive.origin}/dicomweb` });
  expect([...(await commitmentsOf(reader, journal))]).toEqual([...files.keys()].map((sop) => [sop, undefined]));
  reader.close();
  // The same image again is the same file, which the archive has.
  await send(gateway, '1.2.3.4.1', files.get('1.2.3.4.1')!);
  await until(() => gateway.files('outbox').length === 0, 'it to be forwarded again');
  expect(gateway.files('refused')).toEqual([]);
});

const entryOf = (file: Buffer) => ({
  ...{ aeTitle: 'CT', receivedAt: 1, serial: 1, studyInstanceUID: '1.2.3.4', sopInstanceUID: '1.2.3.4.1' },
  ...{ sha256: sha256(file), bytes: file.length },
});

/** @returns the compressed file, if there is one */
async function compress(file: Buffer, entry = entryOf(file)): Promise<Buffer | undefined> {
  const folder = scratch();
  const path = join(folder, 'original');
  writeFileSync(path, file);
  const outbox = new Outbox(folder);
  await outbox.open();
  const made = await compressed(entry, path, () => outbox.create());
  if (made === undefined) return undefined;
  await made.finish();
  return readFileSync(made.path);
}

test('only a plain uncompressed image is compressed, and only the file that was received', async () => {
  const image = smooth('1.2.3.4.1');
  expect((await compress(image))!.length).toBeLessThan(image.length);
  expect(await compress(image)).toEqual(await compress(image));
  const many = imageOf({ study: '1.2', series: '1.2.1', instance: '1.2.1.1', rows: 16, columns: 16, frames: 3 });
  const flat = Buffer.from(many).fill(7, many.length - 3 * 512);
  expect((await compress(flat))!.length).toBeLessThan(flat.length);
  const nested = smooth('1.2.3.4.1', { elements: [[0x00081140, 'SQ', [[[0x00081155, 'UI', '1.2.3']], []]]] });
  expect(await compress(nested)).toBeDefined();
  for (const other of [
    smooth('1.2.3.4.1', { transferSyntaxUID: '1.2.840.10008.1.2' }),
    smooth('1.2.3.4.1', { columns: 65 }),
    smooth('1.2.3.4.1', { elements: [[0x00280002, 'US', [3]]] }),
    image.subarray(0, -100),
    Buffer.from('no image'),
    (await compress(image))!,
  ]) {
    expect(await compress(other)).toBeUndefined();
  }
  const changed = Buffer.from(image);
  changed[changed.length - 5]! ^= 1;
  expect(await compress(changed, entryOf(image))).toBeUndefined();
});

test('frames of any content are unpacked to what they were', () => {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  for (const of of [
    { rows: 3, columns: 1, size: 1 },
    { rows: 7, columns: 300, size: 2 },
    { rows: 5, columns: 129, size: 1 },
  ]) {
    for (const fill of [next, () => 0, () => (next() < 200 ? 5 : next()), () => next() & 1]) {
      const frame = Uint8Array.from({ length: of.rows * of.columns * of.size }, fill);
      const packed = packFrame(frame, of);
      expect(packed.length % 2).toBe(0);
      expect(unpackFrame(packed, of)).toEqual(frame);
      expect(unpackFrame(packed.subarray(0, 65), of) ?? new Uint8Array()).not.toEqual(frame);
    }
  }
});

test('a replacement that was interrupted leaves one file', async () => {
  const folder = scratch();
  const outbox = new Outbox(folder);
  await outbox.open();
  const file = await outbox.create();
  await file.write(Buffer.alloc(1000, 1));
  const { entry } = await outbox.add(file, { aeTitle: 'CT', studyInstanceUID: '1.2', sopInstanceUID: '1.2.3' });
  const longer = outbox.path(entry);
  const shorter = join(dirname(longer), basename(longer).replace(entry.sha256, 'a'.repeat(64)));
  copyFileSync(longer, shorter);
  truncateSync(shorter, 500);
  const again = new Outbox(folder);
  await again.open();
  await again.scan();
  expect(again.entriesOf('1.2.3').map(({ bytes }) => bytes)).toEqual([500]);
  expect(() => statSync(longer)).toThrow();
  expect(statSync(shorter).size).toBe(500);
  expect(again.queues().get('CT')).toMatchObject({ instances: 1, bytes: 500 });
});
