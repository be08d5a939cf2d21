import { BULK_MARK, type DataSetResults, type PixelValue } from '../data-set/data-set-results';
import { tagText } from '../dictionary/dictionary';
import { DOUBLE_FLOAT_PIXEL_DATA, FLOAT_PIXEL_DATA, PIXEL_DATA } from '../dictionary/tags';
import { transferSyntaxOf } from '../dictionary/transfer-syntaxes';
import type { DicomJsonAttribute } from '../json/json-model';
import {
  type AttributeValue,
  bareCodeStream,
  encapsulatedPixels,
  type ImagePixels,
  nativePixels,
} from '../pixels/image-pixels';
import type { InstanceLayout } from '../pixels/pixel-layout';

/** When an instance has several kinds of pixel data, the most common kind comes first. */
const PIXEL_TAGS = [PIXEL_DATA, FLOAT_PIXEL_DATA, DOUBLE_FLOAT_PIXEL_DATA];

/**
 * The places of the frames and the bulk data of an instance.
 *
 * @param elements the attributes of the data set, which describe its pixel data
 * @param bigEndian byte order of the data set
 * @returns the layout, and the frame table when the pixel data is encapsulated and has more than one frame
 */
export function instanceLayout(
  results: DataSetResults,
  elements: ReadonlyMap<string, string>,
  transferSyntaxUID: string,
  bigEndian: boolean,
): { layout: Omit<InstanceLayout, 'object'>; frameTable?: Uint8Array } {
  const { bulk } = results;
  let chosen: ImagePixels | undefined;
  for (const tag of PIXEL_TAGS) {
    const pixel = results.pixels.find((each) => each.tag === tag);
    if (pixel === undefined || (pixel.length === 0 && pixel.fragments === undefined)) continue;
    const described = describe(pixel, transferSyntaxUID, bigEndian, (of) => firstValue(elements.get(of)));
    if (chosen?.pixels === undefined) {
      chosen = described;
      if (described.short) results.warn(tag, 'short-pixel-data');
      if (described.undescribed) results.warn(tag, 'image-attributes');
    }
    const path = tagText(tag);
    // Without frames, the BulkDataURI must still lead to the value.
    if (pixel.fragments && !(chosen === described && described.pixels))
      bulk.push([path, pixel.offset, pixel.length, 1]);
    const range = bulk.findIndex(([of]) => of === path);
    if (described.pixels?.kind === 'native' && range >= 0) {
      bulk[range] = [path, pixel.offset, pixel.length, described.pixels.word];
    }
  }
  return {
    layout: { ...(chosen?.pixels && { pixels: chosen.pixels }), ...(bulk.length > 0 && { bulk }) },
    ...(chosen?.frameTable && { frameTable: chosen.frameTable }),
  };
}

function describe(
  pixel: PixelValue,
  transferSyntaxUID: string,
  bigEndian: boolean,
  value: AttributeValue,
): ImagePixels {
  const syntax = transferSyntaxOf(transferSyntaxUID);
  if (pixel.fragments !== undefined) return encapsulatedPixels(pixel, syntax, value);
  if (syntax?.encapsulated) return bareCodeStream(pixel, value);
  return nativePixels(pixel, bigEndian, value);
}

function firstValue(text: string | undefined): string | number | undefined {
  if (text === undefined || text.includes(BULK_MARK)) return undefined;
  const value = (JSON.parse(text) as DicomJsonAttribute).Value?.[0];
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}
