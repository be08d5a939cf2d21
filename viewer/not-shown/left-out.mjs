import { planesOf } from '../ohif/overlays.mjs';

/*
 * What belongs to an image, and OHIF leaves out. Nothing else tells the user: the image is there, and looks whole.
 */

/** Attributes that say the size of pixels; Pixel Aspect Ratio does not count then (PS3.3 C.7.6.3.1.7). */
const SPACINGS = ['PixelSpacing', 'ImagerPixelSpacing', 'NominalScannedPixelSpacing'];

/**
 * Says what the viewer leaves out of an image.
 * @param {any} instance its attributes by their keywords, those of its functional groups among them
 * @param {boolean} drawsOverlays whether the viewport draws all overlays of the image
 * @returns {string | undefined} for the upper edge of the image
 */
export function leftOut(instance, drawsOverlays) {
  if (!instance) return undefined;
  const said = [
    ...(hasItems(instance.ModalityLUTSequence) ? ['its table of values (Modality LUT) is not applied'] : []),
    ...(hasItems(instance.VOILUTSequence) && !hasWindow(instance)
      ? ['its table of grey values (VOI LUT) is not applied']
      : []),
    ...(!drawsOverlays && planesOf(instance).length > 0 ? ['its overlays are not drawn'] : []),
    ...([instance.ShutterShape].flat().some(Boolean) ? ['its shutter is not drawn'] : []),
    ...(isFlat(instance) ? ['its Rescale Slope of 0 makes all its pixels alike'] : []),
    ...(isSubtracted(instance) ? ['its mask is not subtracted'] : []),
    ...(isStretched(instance) ? ['its pixels are not square, and are drawn as squares'] : []),
  ];
  return said.length === 0 ? undefined : `This image is not shown as it was meant: ${said.join('; ')}.`;
}

/** @param {unknown} sequence */
const hasItems = (sequence) => (Array.isArray(sequence) ? sequence.length > 0 : Boolean(sequence));

/** An image with a window and a table is meant to be shown by one of them (PS3.3 C.11.2.1.1). @param {any} instance */
const hasWindow = ({ WindowCenter, WindowWidth }) =>
  [WindowCenter, WindowWidth].every((value) =>
    [value].flat().some((one) => one !== undefined && one !== null && one !== ''),
  );

/** @param {any} instance */
const isFlat = ({ RescaleSlope }) => RescaleSlope === 0 || (RescaleSlope && Number(RescaleSlope) === 0);

/** Whether frames are meant to be shown after the subtraction of others: PS3.3 C.7.6.10. @param {any} instance */
function isSubtracted({ RecommendedViewingMode, MaskSubtractionSequence }) {
  const masks = [MaskSubtractionSequence ?? []].flat();
  return RecommendedViewingMode === 'SUB' && masks.some(({ MaskOperation }) => MaskOperation !== 'NONE');
}

/** @param {any} instance */
function isStretched(instance) {
  const [vertical = 0, horizontal = 0] = [instance.PixelAspectRatio].flat().map(Number);
  return vertical > 0 && horizontal > 0 && vertical !== horizontal && SPACINGS.every((name) => !instance[name]);
}

/** Units of Channel Sensitivity as microvolts: PS3.16 CID 3082. @type {Record<string, number>} */
const MICROVOLTS = { uV: 1, mV: 1e3, V: 1e6 };

/**
 * Says what the viewer leaves out of the curves that it draws: all groups but the first, and the channels' sensitivity and
 * baseline. Its grid is that of samples in microvolts.
 * @param {any} instance
 * @returns {string | undefined} for the upper edge
 */
export function leftOutOfCurves(instance) {
  const [group, ...others] = instance?.WaveformSequence ?? [];
  const channels = [group?.ChannelDefinitionSequence ?? []].flat();
  const said = [
    ...(others.length > 0 ? [`only the first of ${others.length + 1} groups of curves is drawn`] : []),
    ...(channels.length > 0 && channels.every(isInMicrovolts)
      ? []
      : ['the heights of the curves are not to scale: the sensitivity of the channels is not applied']),
    ...(channels.some(hasBaseline)
      ? ['the curves are not at their heights: the baseline of the channels is not added']
      : []),
  ];
  return said.length === 0 ? undefined : `These curves are not shown as they were meant: ${said.join('; ')}.`;
}

/** Whether a sample of 0 is not the value 0 (PS3.3 C.10.9). @param {any} channel */
const hasBaseline = ({ ChannelBaseline }) => (Number(ChannelBaseline) || 0) !== 0;

/** @param {any} channel an item of Channel Definition Sequence: PS3.3 C.10.9.1.4 */
function isInMicrovolts({
  ChannelSensitivity,
  ChannelSensitivityUnitsSequence,
  ChannelSensitivityCorrectionFactor = 1,
}) {
  const [unit] = [ChannelSensitivityUnitsSequence ?? []].flat();
  return (
    Number(ChannelSensitivity) * Number(ChannelSensitivityCorrectionFactor) * (MICROVOLTS[unit?.CodeValue] ?? 0) === 1
  );
}
