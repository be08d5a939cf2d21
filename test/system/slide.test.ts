import { createRequire } from 'node:module';
import { unzlibSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';
import { stow } from '../../scripts/samples/stow.mjs';
import { type Stored, storeConverted } from '../support/archive/store-converted';
import { decodePng } from '../support/files/png-decoder';
import { colourOf, type Level, overview, pyramid, SLIDE_PROFILE, spacingOf, TILE } from '../support/files/slide';
import { withServer } from '../support/server/with-server';
import { FetchXMLHttpRequest } from '../support/viewer/xml-http-request';

/** dicom-microscopy-viewer uses this client; the test calls it in the same way. */
const { api } = createRequire(import.meta.url)('dicomweb-client');

const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';
const NAME = 'Compressed';

/** The requests as the archive sees them. */
const accepted: string[] = [];
class Watched extends FetchXMLHttpRequest {
  override setRequestHeader(name: string, value: string): void {
    if (name.toLowerCase() === 'accept') accepted.push(value);
    super.setRequestHeader(name, value);
  }
}

interface Metadata {
  [tag: string]: { Value?: unknown[]; BulkDataURI?: string; vr: string };
}

const server = withServer();
// biome-ignore lint/suspicious/noExplicitAny: the client ships no types
let client: any;
const slide: (Level & { stored: Stored })[] = [];

beforeAll(async () => {
  (globalThis as { XMLHttpRequest?: unknown }).XMLHttpRequest = Watched;
  client = new api.DICOMwebClient({ url: `${server.origin}/dicomweb` });
  for (const level of [...pyramid('Native'), overview('Native')]) {
    await stow(server.origin, [level.file]);
    slide.push({ ...level, stored: await storeConverted(server.origin, level, JPEG_BASELINE, NAME) });
  }
});

const ids = ({ study, series, sop }: Stored) => ({
  studyInstanceUID: study,
  seriesInstanceUID: series,
  sopInstanceUID: sop,
});
const bytes = (buffer: ArrayBuffer) => new Uint8Array(buffer);
const first = <Value>(metadata: Metadata, tag: string) => metadata[tag]?.Value?.[0] as Value | undefined;

async function metadataOf(level: { stored: Stored }): Promise<Metadata> {
  const all: Metadata[] = await client.retrieveSeriesMetadata(ids(level.stored));
  return all.find((one) => first(one, '00080018') === level.stored.sop) as Metadata;
}

/** The colours of a picture that has one colour, or colours close to one. */
function expectColour(png: Uint8Array, colour: readonly number[]): void {
  const { width, height, bytes: pixels } = decodePng(png);
  const middle = (Math.floor(height / 2) * width + Math.floor(width / 2)) * 3;
  for (const [at, sample] of colour.entries()) expect(Math.abs(pixels[middle + at]! - sample)).toBeLessThanOrEqual(4);
}

/** The profile in a PNG: PNG 11.3.3.3. */
function profileOf(png: Uint8Array): Uint8Array {
  const { chunks } = decodePng(png, true);
  const data = chunks?.find(({ type }) => type === 'iCCP')?.data;
  if (data === undefined) throw new Error('no profile');
  return unzlibSync(data.subarray(data.indexOf(0) + 2));
}

describe('what dicom-microscopy-viewer asks for a slide', () => {
  test('the series of slides, and the metadata that its pyramid is built of', async () => {
    const { studyInstanceUID } = ids(slide[0]!.stored);
    const found = await client.searchForSeries({ studyInstanceUID, queryParams: { Modality: 'SM' } });
    expect(found).toHaveLength(1);
    const all: Metadata[] = await client.retrieveSeriesMetadata(ids(slide[0]!.stored));
    expect(all).toHaveLength(slide.length);
    for (const { stored, rows, columns } of slide) {
      const metadata = all.find((one) => first(one, '00080018') === stored.sop) as Metadata;
      expect([first(metadata, '00480006'), first(metadata, '00480007')]).toEqual([columns * TILE, rows * TILE]);
      expect(first(metadata, '00280008')).toBe(rows * columns);
      expect(first(metadata, '00209311')).toBe('TILED_FULL');
      expect(first(metadata, '00280004')).toMatch(/^YBR_FULL/);
      const [groups] = metadata['52009229']!.Value as Metadata[];
      const measures = first<Metadata>(groups!, '00289110');
      expect(measures?.['00280030']?.Value).toEqual([spacingOf(columns), spacingOf(columns)]);
    }
  });

  test('the ICC profile of the optical path, by its URI however short it is', async () => {
    for (const level of slide) {
      const path = first<Metadata>(await metadataOf(level), '00480105');
      const reference = path?.['00282000'];
      expect(reference?.vr).toBe('OB');
      expect(reference?.BulkDataURI).toBeDefined();
      const [profile] = await client.retrieveBulkData({ BulkDataURI: reference?.BulkDataURI });
      expect(accepted.at(-1)).toBe('multipart/related; type="application/octet-stream"');
      expect(bytes(profile)).toEqual(SLIDE_PROFILE);
    }
  });

  test('tiles as they are stored, in any order', async () => {
    const tiles = slide.flatMap((level) =>
      Array.from({ length: level.rows * level.columns }, (_, at) => ({ level, frame: at + 1 })),
    );
    for (let at = 0; at < tiles.length; at += 1) {
      // 17 has no common divisor with their number, so each is requested once, far from the one before.
      const { level, frame } = tiles[(at * 17) % tiles.length]!;
      const [tile] = await client.retrieveInstanceFrames({
        ...ids(level.stored),
        frameNumbers: [frame],
        mediaTypes: [{ mediaType: 'application/octet-stream', transferSyntaxUID: '*' }],
      });
      expect(accepted.at(-1)).toBe('multipart/related; type="application/octet-stream"; transfer-syntax=*');
      // The viewer recognises the type by the first bytes.
      expect([...bytes(tile).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    }
  });

  test('tiles as the version in OHIF asks for them: in each compression that it can decode', async () => {
    const mediaTypes = [
      ['image/jls', '1.2.840.10008.1.2.4.80'],
      ['image/jls', '1.2.840.10008.1.2.4.81'],
      ['image/jp2', '1.2.840.10008.1.2.4.90'],
      ['image/jp2', '1.2.840.10008.1.2.4.91'],
      ['image/jpx', '1.2.840.10008.1.2.4.92'],
      ['image/jpx', '1.2.840.10008.1.2.4.93'],
      ['application/octet-stream', '*'],
      ['image/jpeg', JPEG_BASELINE],
    ].map(([mediaType, transferSyntaxUID]) => ({ mediaType, transferSyntaxUID }));
    const [level] = slide;
    const frameNumbers = [level!.columns + 2];
    const [tile] = await client.retrieveInstanceFrames({ ...ids(level!.stored), frameNumbers, mediaTypes });
    const [stored] = await client.retrieveInstanceFrames({
      ...ids(level!.stored),
      frameNumbers,
      mediaTypes: [{ mediaType: 'application/octet-stream', transferSyntaxUID: '*' }],
    });
    // Already lossy: it is not compressed a second time for a type that comes earlier in the list.
    expect(bytes(tile)).toEqual(bytes(stored));
  });

  test('tiles of uncompressed levels', async () => {
    const [level] = slide;
    const [tile] = await client.retrieveInstanceFrames({
      ...ids(level!),
      frameNumbers: [level!.rows * level!.columns],
      mediaTypes: [{ mediaType: 'application/octet-stream', transferSyntaxUID: '*' }],
    });
    const colour = colourOf(level!.rows - 1, level!.columns - 1);
    expect(bytes(tile)).toEqual(Uint8Array.from({ length: TILE * TILE * 3 }, (_, at) => colour[at % 3]!));
  });

  test('rendered tiles, with the profile or without', async () => {
    for (const level of slide.slice(0, 2)) {
      const [row, column] = [level.rows - 1, 1];
      const options = { ...ids(level.stored), frameNumbers: [row * level.columns + column + 1] };
      const mediaTypes = [{ mediaType: 'image/png' }];
      const [plain] = await client.retrieveInstanceFramesRendered({ ...options, mediaTypes });
      expectColour(bytes(plain), colourOf(row, column));
      const [profiled] = await client.retrieveInstanceFramesRendered({
        ...options,
        mediaTypes,
        queryParams: { iccprofile: 'yes' },
      });
      expect(accepted.at(-1)).toBe('image/png');
      expectColour(bytes(profiled), colourOf(row, column));
      expect(profileOf(bytes(profiled))).toEqual(SLIDE_PROFILE);
      const [other] = await client.retrieveInstanceFramesRendered({
        ...options,
        mediaTypes: [{ mediaType: 'image/jp2' }, { mediaType: 'image/jpeg' }],
      });
      expect(accepted.at(-1)).toBe('image/jp2, image/jpeg');
      expect(new TextDecoder('latin1').decode(bytes(other).subarray(4, 8))).toBe('jP  ');
    }
  });

  test('the overview, of the size that is asked for, with its profile', async () => {
    const options = { ...ids(slide.at(-1)!.stored), mediaTypes: [{ mediaType: 'image/png' }] };
    const [whole] = await client.retrieveInstanceRendered({ ...options, queryParams: { iccprofile: 'yes' } });
    expect(profileOf(bytes(whole))).toEqual(SLIDE_PROFILE);
    expectColour(bytes(whole), colourOf(0, 0));
    const queryParams = { viewport: [32, 32].join(','), iccprofile: 'yes' };
    const [small] = await client.retrieveInstanceRendered({ ...options, queryParams });
    expect(decodePng(bytes(small))).toMatchObject({ width: 32, height: 32, samples: 3 });
    expect(profileOf(bytes(small))).toEqual(SLIDE_PROFILE);
  });

  test('thumbnails of a level, of a tile and of the series', async () => {
    const options = { ...ids(slide[0]!.stored), mediaTypes: [{ mediaType: 'image/png' }] };
    const [ofTile] = await client.retrieveInstanceFramesThumbnail({ ...options, frameNumbers: [3] });
    expectColour(bytes(ofTile), colourOf(0, 2));
    const [ofLevel] = await client.retrieveInstanceThumbnail({ ...options, queryParams: { viewport: '16,16' } });
    expect(decodePng(bytes(ofLevel))).toMatchObject({ width: 16, height: 16 });
    const { study, series } = slide[0]!.stored;
    const ofSeries = await fetch(`${server.origin}/dicomweb/studies/${study}/series/${series}/thumbnail`);
    expect([ofSeries.status, ofSeries.headers.get('Content-Type')]).toEqual([200, 'image/jpeg']);
    await ofSeries.arrayBuffer();
  });
});
