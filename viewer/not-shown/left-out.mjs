/*
 * What belongs to an image, and OHIF leaves out. Nothing else tells the user: the image is there, and looks whole.
 */

/** (60xx,3000) Overlay Data, by its tag or its keyword. */
const OVERLAY_DATA = /^(60[0-9a-f]{2}3000|OverlayData)$/i;

/** Attributes that say the size of pixels; Pixel Aspect Ratio does not count then (PS3.3 C.7.6.3.1.7). */
const SPACINGS = ['PixelSpacing', 'ImagerPixelSpacing', 'NominalScannedPixelSpacing'];

/**
 * Says what the viewer leaves out of an image.
 * @param {any} instance its attributes by their keywords, those of its functional groups among them
 * @returns {string | undefined} for the upper edge of the image
 */
export function leftOut(instance) {
  if (!instance) return undefined;
  const said = [
    ...(hasItems(instance.VOILUTSequence) ? ['its table of grey values (VOI LUT) is not applied'] : []),
    ...(namesOf(instance).some((name) => OVERLAY_DATA.test(name)) ? ['its overlays are not drawn'] : []),
    ...(isStretched(instance) ? ['its pixels are not square, and are drawn as squares'] : []),
  ];
  return said.length === 0 ? undefined : `This image is not shown as it was meant: ${said.join('; ')}.`;
}

/** OHIF's attributes of a frame inherit those of its instance. @param {any} instance */
function namesOf(instance) {
  const names = [];
  for (const name in instance) names.push(name);
  return names;
}

/** @param {unknown} sequence */
const hasItems = (sequence) => (Array.isArray(sequence) ? sequence.length > 0 : Boolean(sequence));

/** @param {any} instance */
function isStretched(instance) {
  const [vertical = 0, horizontal = 0] = [instance.PixelAspectRatio].flat().map(Number);
  return vertical > 0 && horizontal > 0 && vertical !== horizontal && SPACINGS.every((name) => !instance[name]);
}
