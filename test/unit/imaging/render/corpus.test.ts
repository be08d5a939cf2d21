import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../../src/dicom/json/json-model';
import { type Frame, frameBytes } from '../../../../src/imaging/frame';
import { imageFormat } from '../../../../src/imaging/image-format';
import { prepareRendering } from '../../../../src/imaging/render/prepare';
import { CORPUS_ROWS, corpusFile } from '../../../support/files/sample-files';
import { read } from '../../dicom/build';

const NATIVE = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1'];

const rows = CORPUS_ROWS.filter((row) => NATIVE.includes(row[5]!) && row[7] !== '' && row[15] === '');

interface Instance {
  readonly dataSet: DicomJson;
  readonly frame: Frame;
  readonly bytes: Uint8Array;
}

function instanceOf(path: string): Instance | undefined {
  const bytes = corpusFile(path);
  const { json, layout } = read(bytes);
  const dataSet = JSON.parse(json.replaceAll('\u0001', '')) as DicomJson;
  const format = imageFormat(dataSet);
  const { pixels } = layout;
  if (format === undefined || pixels?.kind !== 'native') return undefined;
  const frame = { format, bytes: bytes.slice(pixels.offset, pixels.offset + frameBytes(format)) };
  return { dataSet, frame, bytes };
}

describe.skipIf(rows.length === 0)('native images of a corpus of real files', () => {
  it('give pictures of all kinds with the right size and contents', async () => {
    let pictures = 0;
    for (const [path] of rows) {
      const instance = instanceOf(path!);
      if (instance === undefined) continue;
      const { dataSet, frame } = instance;
      const inline = async ({ InlineBinary }: DicomJson[string]) =>
        InlineBinary === undefined ? undefined : Uint8Array.from(atob(InlineBinary), (one) => one.charCodeAt(0));
      const { format } = frame;
      for (const [settings, most] of [
        [{ annotation: ['technique'] }, [format.columns, format.rows]],
        [{ viewport: { width: 64, height: 64 }, iccprofile: 'srgb' }, [64, 64]],
      ] as const) {
        const raster = await (await prepareRendering(dataSet, format, inline, settings)).render(frame, 1);
        expect([path, raster.bytes.length]).toEqual([path, raster.width * raster.height * raster.samples]);
        const fits = raster.width === most[0] || raster.height === most[1];
        expect([path, fits]).toEqual([path, true]);
        pictures++;
      }
    }
    expect(pictures).toBeGreaterThan(200);
  });
});
