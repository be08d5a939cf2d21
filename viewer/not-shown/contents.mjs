import { isBesideSlide } from '../ohif/slides.mjs';
import { lackOfStructures } from './structures.mjs';

/*
 * Whether an instance has what its kind consists of: pixels, waveforms, a document. OHIF does not look, and leaves the
 * viewport empty. Pure functions of attributes.
 */

const STORAGE = '1.2.840.10008.5.1.4.1.1.';

/** Attributes that hold pixels. The archive's metadata has them, without their values. */
const PIXELS = ['PixelData', 'FloatPixelData', 'DoubleFloatPixelData', 'PixelDataProviderURL'];

/** Kinds that have pixels, by the ends of their SOP classes (PS3.4 B.5). */
const IMAGES =
  /^(1(\.[123](\.1)?)?|2(\.[12])?|3(\.1)?|4(\.[134])?|5|6(\.[123])?|7(\.[1234])?|12\.[12](\.1)?|13\.1\.\d|14\.[12]|20|30|66\.[47]|77\.1\.([1-4](\.1)?|6)|77\.1\.5\.[124-8]|128(\.1)?|130|481\.[12]|501\.\d(\.\d)?)$/;

/** Kinds that have rows and columns, and no pixels in them: spectroscopy (PS3.3 C.8.14.1). */
const SPECTRA = /^4\.2$/;

/** Waveforms that OHIF draws. */
const WAVEFORMS = /^9\.(1\.[123]|2\.1|3\.1)$/;

/** Structure sets of radiotherapy. */
const STRUCTURES = /^481\.3$/;

/** Encapsulated documents. */
const DOCUMENTS = /^104\./;

/** @param {string | undefined} sopClassUID @returns {string} the end of a SOP class of the standard */
const endOf = (sopClassUID) => (sopClassUID?.startsWith(STORAGE) ? sopClassUID.slice(STORAGE.length) : '');

/** @param {any} instance */
export const hasPixels = (instance) => PIXELS.some((name) => instance[name] !== undefined);

/**
 * Says what an instance lacks without which nothing of it can be shown.
 * @param {any} instance its attributes
 * @returns {string | undefined} a sentence; undefined if it lacks nothing
 */
function lackOf(instance) {
  const end = endOf(instance.SOPClassUID);
  if (WAVEFORMS.test(end)) return lackOfWaveform(instance.WaveformSequence?.[0]);
  if (STRUCTURES.test(end)) return lackOfStructures(instance);
  if (DOCUMENTS.test(end) && instance.EncapsulatedDocument === undefined) return 'It was sent without its document.';
  if (SPECTRA.test(end)) return instance.SpectroscopyData === undefined ? WITHOUT_SPECTRUM : undefined;
  const isImage = instance.Rows !== undefined || IMAGES.test(end);
  if (!isImage || hasPixels(instance)) return undefined;
  return NAMED.find(([kind]) => kind.test(end))?.[1] ?? 'These are images without pixels: they were sent without them.';
}

const WITHOUT_SPECTRUM = 'This is a spectrum of magnetic resonance that was sent without its data.';

/** @type {readonly [RegExp, string][]} */
const NAMED = [
  [/^77\.1\.6$/, 'This is a slide of pathology that was sent without its pixels.'],
  [/^77\.1\.[124]\.1$/, 'This is a video that was sent without its stream.'],
  [/^66\.[47]$/, 'This is a segmentation that was sent without its pixels.'],
];

/**
 * OHIF reads the first multiplex group, and takes its samples for signed ones of 16 bits.
 * @param {any} group an item of Waveform Sequence: PS3.3 C.10.9
 */
function lackOfWaveform(group) {
  const { WaveformData, WaveformBitsAllocated: bits = 16, WaveformSampleInterpretation: kind = 'SS' } = group ?? {};
  const { NumberOfWaveformChannels: channels, NumberOfWaveformSamples: samples } = group ?? {};
  if (WaveformData === undefined || !(channels > 0) || !(samples > 0))
    return 'This is a recording of curves (a waveform) that was sent without its curves.';
  if (Number(bits) === 16 && kind === 'SS') return undefined;
  return `This is a recording of curves (a waveform). This viewer draws samples of 16 bits with a sign (SS), and it has samples of ${bits} bits (${kind}).`;
}

/**
 * Says what all instances of a series lack.
 * @param {readonly any[]} instances
 * @returns {string | undefined} undefined if one of them lacks nothing
 */
export function lackOfAll(instances) {
  const lacks = instances.map(lackOf);
  return lacks.includes(undefined) ? undefined : [...new Set(lacks)].join(' ') || undefined;
}

/**
 * Asks a viewer of OHIF for what it shows of a series: for each instance by itself where the viewer would show one and
 * keep silent about the others, and without those that lack their content.
 * @param {{ getDisplaySetsFromSeries: (instances: any[]) => any[] | undefined }} handler of the series' SOP class
 * @param {readonly any[]} instances of a series, of one SOP class
 * @returns {any[]} none if the viewer takes none of them, or fails
 */
export function displaySetsOf(handler, instances) {
  return groupsOf(instances).flatMap((group) => {
    try {
      return handler.getDisplaySetsFromSeries(group) ?? [];
    } catch (error) {
      console.error(error);
      return [];
    }
  });
}

/** @param {readonly any[]} instances @returns {any[][]} */
function groupsOf(instances) {
  if (lackOfAll(instances) !== undefined) return [];
  // A stack keeps the place of an image without pixels.
  const whole = instances.filter((one) => !isBesideSlide(one) && (!isOf(SINGLE, one) || lackOf(one) === undefined));
  if (whole.length === 0) return [];
  if (!whole.some((one) => isOf(ONE_OF_SERIES, one))) return [whole];
  const timeOf = (/** @type {any} */ { ContentDate = '', ContentTime = '' }) => `${ContentDate}${ContentTime}`;
  // The newest instance is shown first, as OHIF does it.
  return whole.sort((one, other) => timeOf(other).localeCompare(timeOf(one))).map((one) => [one]);
}

/** Kinds of which OHIF shows each instance separately, and the levels of a slide. */
const SINGLE = /^(9\.|104\.|77\.1\.6$|77\.1\.[124]\.1$)/;

/** Kinds of which OHIF shows one instance of a series: parametric maps, segmentations, reports, structure sets. */
const ONE_OF_SERIES = /^(30|66\.[47]|88\.\d+|481\.3)$/;

/** @param {RegExp} kind @param {any} instance */
const isOf = (kind, { SOPClassUID }) => kind.test(endOf(SOPClassUID));

/**
 * The instances of a series that no viewer took, to be listed as such.
 * @param {readonly any[]} instances that are in no display set
 * @param {readonly { instances?: any[] }[]} displaySets of the series; one that does not say its instances has all of them
 */
export function notTaken(instances, displaySets) {
  return displaySets.some((one) => one.instances === undefined) ? [] : instances;
}
