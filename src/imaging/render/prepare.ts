import type { DicomJson } from '../../dicom/json/json-model';
import { type Frame, frameBytes, type ImageFormat } from '../frame';
import type { Raster } from '../raster';
import { textOf } from './attributes';
import { colourRows } from './colour/colour-rows';
import { type ColourManagement, colourManagement } from './colour/icc';
import { type Palette, readPalette } from './colour/palette';
import { functionalGroup } from './functional-groups';
import { type Placement, pixelAspect, placementOf } from './geometry';
import { annotate } from './graphics/annotation';
import { covered } from './graphics/layers';
import { type Overlay, readOverlays } from './graphics/overlays';
import { type GreyPipeline, greyPipeline } from './grey/grey-pipeline';
import { type SampleTables, sampleTables, tableRows, valueRows } from './grey/grey-rows';
import { StoredValues } from './grey/stored-values';
import { oriented } from './orient';
import { type PresentationState, readPresentationState } from './presentation-state';
import type { RowSource } from './row-source';
import { scaled } from './scale';
import { type BytesOf, RenderError, type Rendering, type RenderSettings, type Window } from './settings';

/** Everything that is needed to render the frames of an instance. */
interface Prepared {
  readonly dataSet: DicomJson;
  readonly settings: RenderSettings;
  readonly state: PresentationState | undefined;
  readonly grey: GreyPipeline;
  readonly palette: Palette | undefined;
  readonly overlays: readonly Overlay[];
  readonly colours: ColourManagement | undefined;
  /** The tables of the previous frame; most frames share them. */
  last?: { readonly key: unknown; readonly bits: number; readonly signed: boolean; readonly tables: SampleTables };
}

/**
 * Reads everything that is needed to render the frames of an instance (PS3.4 N.2, PS3.18 8.3.5.1).
 * @param format the frame format in the instance's attributes; the format of a decoded frame overrides it
 * @param bytesOf reads LUTs, palettes, overlays and profiles that are bulk data, of the image and of the presentation
 * state
 * @throws RenderError
 */
export async function prepareRendering(
  dataSet: DicomJson,
  format: ImageFormat,
  bytesOf: BytesOf,
  settings: RenderSettings,
): Promise<Rendering> {
  const colour = format.samplesPerPixel === 3 || format.photometricInterpretation === 'PALETTE COLOR';
  const overlays = await readOverlays(dataSet, bytesOf);
  const state =
    settings.presentation && (await readPresentationState(settings.presentation, dataSet, format, overlays, bytesOf));
  const supplemental = ['COLOR', 'MIXED'].includes(textOf(dataSet, '00089205') ?? '');
  const hasPalette = format.samplesPerPixel === 1 && (colour || supplemental);
  const prepared: Prepared = {
    dataSet,
    settings,
    state,
    grey: await greyPipeline(dataSet, format, bytesOf, settings, state),
    palette: hasPalette ? await readPalette(dataSet, format.signed, bytesOf) : undefined,
    overlays: state?.overlays ?? overlays.filter(({ type }) => type === 'G'),
    colours: colour || supplemental ? await colourManagement(dataSet, settings.iccprofile, bytesOf) : undefined,
  };
  const samples = colour || prepared.palette ? 3 : 1;
  return {
    render: (frame, frameNumber) => render(prepared, frame, frameNumber),
    rasterBytes(frameNumber) {
      const area = state?.area(frameNumber, format);
      const { width, height } = placementOf(format, samples, pixelAspect(dataSet, frameNumber), settings, area);
      return width * height * samples;
    },
  };
}

async function render(prepared: Prepared, frame: Frame, frameNumber: number): Promise<Raster> {
  // Rendering a frame that claims to be huge takes as long as rendering a real one, even if it has only a few bytes.
  if (frame.bytes.length < frameBytes(frame.format) / 2) throw new RenderError('unsupported', 'the frame is truncated');
  const { dataSet, settings, state, colours } = prepared;
  const aspect = pixelAspect(dataSet, frameNumber);
  const { rows, window } = pictureRows(prepared, frame, frameNumber);
  const source = covered(rows, frame, frameNumber, {
    shutters: settings.presentation ?? dataSet,
    aspect,
    overlays: prepared.overlays,
    bitmapShutters: state?.bitmapShutters ?? [],
  });
  const placement = placementOf(frame.format, source.samples, aspect, settings, state?.area(frameNumber, frame.format));
  const management = source.samples === 3 ? colours : undefined;
  const drawn = state !== undefined || settings.annotation?.length || management?.convert;
  if (source.whole !== undefined && !drawn && isWhole(placement, source)) {
    const { width, height, samples, whole: bytes } = source;
    return { width, height, samples, bytes, ...(management && { iccProfile: management.profile }) };
  }
  const { region, width, height } = placement;
  const bytes = await scaled(source, region, width, height);
  const picture = oriented({ width, height, samples: source.samples, bytes }, placement.orientation);
  management?.convert?.(picture.bytes);
  state?.graphics(frameNumber)(picture, placement);
  annotate(picture, dataSet, settings.annotation, window);
  return { ...picture, ...(management && { iccProfile: management.profile }) };
}

function isWhole({ region, width, height, orientation }: Placement, source: RowSource): boolean {
  const { transposed, flippedHorizontally, flippedVertically } = orientation;
  const same = region.width === width && region.height === height && width === source.width && height === source.height;
  return same && !transposed && !flippedHorizontally && !flippedVertically;
}

function pictureRows(
  prepared: Prepared,
  frame: Frame,
  frameNumber: number,
): { rows: RowSource; window?: Window | undefined } {
  const { samplesPerPixel, photometricInterpretation } = frame.format;
  if (samplesPerPixel === 3) return { rows: colourRows(frame) };
  if (samplesPerPixel !== 1) throw new RenderError('unsupported', 'this number of samples per pixel is not supported');
  const values = new StoredValues(frame);
  const paletteOnly = photometricInterpretation === 'PALETTE COLOR' && prepared.palette !== undefined;
  const palette = paletteOnly || isSupplemented(prepared.dataSet, frameNumber) ? prepared.palette : undefined;
  const transform = paletteOnly
    ? { grey: () => 0, isPadding: undefined, key: prepared.palette }
    : prepared.grey(values, frame.format, frameNumber);
  if (!values.tabular) return { rows: valueRows(frame, values, transform), window: transform.window };
  const { last } = prepared;
  const { key } = transform;
  const { signed } = frame.format;
  const same = key !== undefined && last?.key === key && last?.bits === values.bits && last?.signed === signed;
  const tables = same ? last!.tables : sampleTables(values, { ...transform, palette, paletteOnly });
  if (!palette || paletteOnly) prepared.last = { key, bits: values.bits, signed, tables };
  return { rows: tableRows(frame, values, tables), window: transform.window };
}

/**
 * Whether the palette applies to the higher values of a grey frame: Pixel Presentation (0008,9205) is COLOR (PS3.3
 * C.8.16.2.1.1).
 */
function isSupplemented(dataSet: DicomJson, frameNumber: number): boolean {
  const ofImage = textOf(dataSet, '00089205');
  if (ofImage !== 'MIXED') return ofImage === 'COLOR';
  return ['00189226', '00189329'].some(
    (frameType) => textOf(functionalGroup(dataSet, frameNumber, frameType), '00089205') === 'COLOR',
  );
}
