import type { DicomJson } from '../json/json-model';
import { encapsulatedDocument } from '../reports/encapsulated-document';

/**
 * Modalities (PS3.3 C.7.3.1.1.1) that write the patient's name into the image by habit, or photograph the patient or
 * papers: ultrasound, endoscopy, photographs, screens, scanned documents, and OTHER, which says nothing.
 */
const MODALITIES: ReadonlySet<string> = new Set([
  'US',
  'IVUS',
  'BDUS',
  'ES',
  'XC',
  'GM',
  'DMS',
  'SC',
  'OT',
  'DOC',
  'HC',
]);

/**
 * SOP classes of the same kind, whatever modality they state (PS3.4 B.5): secondary capture, ultrasound, and the
 * photographs and videos of visible light. Whole slides (77.1.6) are not among them: see `isLabel`.
 */
const SOP_CLASSES =
  /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(?:7(?:\.[1-4])?|3(?:\.1)?|6(?:\.[123])?|77\.1\.(?:1|2|4)(?:\.1)?)$/;

/** Values 3 and later of Image Type (PS3.3 C.7.6.1.1.2, C.8.12.4.1.1) that name pictures of screens, forms and labels. */
const IMAGE_TYPES: ReadonlySet<string> = new Set([
  'LABEL',
  'OVERVIEW',
  'SCREEN SAVE',
  'SCREENSAVE',
  'SCREENSHOT',
  'DOSE_INFO',
  'REPORT',
  'FORM',
]);

/** Basic Voice Audio and General Audio Waveform Storage: a voice identifies. */
const VOICE = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.9\.4\.[12]$/;

const CLEANED_PIXELS = '113101';
const PIXEL_DATA = ['7FE00008', '7FE00009', '7FE00010'];

/**
 * Says why the pixels or the document of an instance may identify the patient (PS3.15 E.1.1, E.3.1, E.3.2). The attributes
 * decide; nothing looks at the pixels.
 *
 * A statement that annotations are absent, Burned In Annotation NO, does not help a modality that burns in by habit,
 * because many devices state NO always. The statement that pixels have been cleaned (CID 7050, 113101) does. CR and DX
 * images are served unless they were digitized from film or captured otherwise (Conversion Type, PS3.3 C.8.6.1): the
 * margin of a film has the name, while the markers in a digital image name the side.
 *
 * @returns a sentence without a value of the instance that ends without a full stop; undefined when nothing is known
 */
export function identifyingPixels(dataSet: DicomJson): string | undefined {
  if (encapsulatedDocument(dataSet) !== undefined) return 'it is a document';
  if (VOICE.test(first(dataSet, '00080016'))) return 'it is a recording of sound';
  if (!PIXEL_DATA.some((tag) => dataSet[tag] !== undefined) && dataSet['00280010'] === undefined) return undefined;
  if (first(dataSet, '00280301') === 'YES') return 'its pixels contain burnt-in annotations';
  if (first(dataSet, '00280302') === 'YES') return 'its pixels contain recognizable visual features';
  if (first(dataSet, '00480010') === 'YES' || isLabel(dataSet)) return 'its pixels may contain a label or a screen';
  if (isCleaned(dataSet)) return undefined;
  if (MODALITIES.has(first(dataSet, '00080060'))) return 'its modality often writes annotations into the pixels';
  if (SOP_CLASSES.test(first(dataSet, '00080016'))) return 'its kind of image often has annotations in the pixels';
  if (first(dataSet, '00080064') !== '') return 'it was digitized or captured from another image';
  return undefined;
}

function isLabel(dataSet: DicomJson): boolean {
  const types = dataSet['00080008']?.Value ?? [];
  return types.slice(2).some((type) => typeof type === 'string' && IMAGE_TYPES.has(type.trim().toUpperCase()));
}

function isCleaned(dataSet: DicomJson): boolean {
  const methods = dataSet['00120064']?.Value ?? [];
  return methods.some(
    (item) => item !== null && typeof item === 'object' && first(item as DicomJson, '00080100') === CLEANED_PIXELS,
  );
}

function first(dataSet: DicomJson, tag: string): string {
  const value = dataSet[tag]?.Value?.[0];
  return typeof value === 'string' ? value.trim().toUpperCase() : '';
}
