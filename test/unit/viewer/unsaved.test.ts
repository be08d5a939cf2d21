import { expect, test, vi } from 'vitest';
import { listedAs, notStored } from '../../../viewer/ohif/storing.mjs';
import { question, Unsaved } from '../../../viewer/ohif/unsaved.mjs';

type Listener = (detail: unknown) => void;

/** What OHIF's services have, and how they tell of it. */
function services() {
  const listeners = new Map<string, Listener>();
  const measurements = [{ uid: 'a', label: '', points: [[1, 2, 3]] as number[][] }];
  const segmentations = new Set(['liver', 'lung']);
  const subscribe = (event: string, listener: Listener) => {
    listeners.set(event, listener);
    return { unsubscribe: () => void listeners.delete(event) };
  };
  const EVENTS = {
    RAW_MEASUREMENT_ADDED: 'raw',
    SEGMENTATION_DATA_MODIFIED: 'modified',
    SEGMENTATION_LOADING_COMPLETE: 'loaded',
  };
  return {
    measurements,
    segmentations,
    tell: (event: string, detail: unknown) => listeners.get(event)?.(detail),
    ohif: {
      measurementService: { EVENTS, subscribe, getMeasurements: () => measurements },
      segmentationService: {
        EVENTS,
        subscribe,
        getSegmentation: (id: string) =>
          segmentations.has(id) ? { representationData: { Labelmap: { imageIds: [id] } } } : undefined,
      },
    },
  };
}

test('a measurement is unsaved until it is stored, and again when it is changed', () => {
  const { ohif, measurements } = services();
  const unsaved = new Unsaved();
  expect(unsaved.isEmpty()).toBe(true);
  unsaved.begin(ohif);
  expect(unsaved.count()).toEqual({ measurements: 1, segmentations: 0 });
  unsaved.stored(measurements);
  expect(unsaved.isEmpty()).toBe(true);
  // OHIF computes the place again.
  measurements[0]!.points = [[1.000001, 2, 3]];
  expect(unsaved.isEmpty()).toBe(true);
  measurements[0]!.points = [[1.5, 2, 3]];
  expect(unsaved.isEmpty()).toBe(false);
  unsaved.stored(measurements);
  measurements[0]!.label = 'a label';
  expect(unsaved.isEmpty()).toBe(false);
  unsaved.end();
  expect(unsaved.isEmpty()).toBe(true);
});

test('a measurement of a report is stored, and a mark of a tool is no measurement', () => {
  const { ohif, measurements, tell } = services();
  const unsaved = new Unsaved();
  unsaved.begin(ohif);
  tell('raw', { measurement: measurements[0] });
  measurements.push({ uid: 'cross', label: '', points: [], isUnmapped: true } as (typeof measurements)[number]);
  expect(unsaved.isEmpty()).toBe(true);
});

test('a segmentation of the archive is unsaved when its pixels are others than those that came', () => {
  const { ohif, measurements, tell } = services();
  const pixels = new Uint8Array([0, 1, 1, 0]);
  const image = { getPixelData: () => pixels };
  vi.stubGlobal('cornerstone', { cache: { getImage: (id: string) => (id === 'liver' ? image : undefined) } });
  const unsaved = new Unsaved();
  unsaved.begin(ohif);
  unsaved.stored(measurements);
  tell('loaded', { segmentationId: 'liver' });
  tell('modified', { segmentationId: 'liver' });
  expect(unsaved.isEmpty()).toBe(true);
  pixels[3] = 1;
  expect(unsaved.count().segmentations).toBe(1);
  pixels[3] = 0;
  expect(unsaved.isEmpty()).toBe(true);
  vi.unstubAllGlobals();
});

test('a segmentation that was changed is unsaved until it is gone', () => {
  const { ohif, measurements, segmentations, tell } = services();
  measurements.length = 0;
  const unsaved = new Unsaved();
  unsaved.begin(ohif);
  tell('modified', { segmentationId: 'liver' });
  tell('modified', { segmentationId: 'liver' });
  expect(unsaved.count()).toEqual({ measurements: 0, segmentations: 1 });
  segmentations.delete('liver');
  expect(unsaved.isEmpty()).toBe(true);
});

test.each([
  [{ measurements: 1, segmentations: 0 }, '1 measurement is not stored. Leave the study?'],
  [{ measurements: 2, segmentations: 0 }, '2 measurements are not stored. Leave the study?'],
  [{ measurements: 1, segmentations: 1 }, '1 measurement and 1 segmentation are not stored. Leave the study?'],
])('%j: %s', (count, text) => {
  expect(question(count)).toBe(text);
});

test('what was not stored is said with the reason', () => {
  const said = notStored(new Error('The disk is full.'), 'Measurements');
  expect(said.title).toBe('The archive did not store the report');
  expect(said.message).toBe('The disk is full. The measurements are still here: you can try again.');
  expect(notStored(new Error('request failed'), 'Segmentation').message).toMatch(
    /^It gave no reason\. The segmentation/,
  );
});

test('the entry of what was stored is found, also in a series that has others', () => {
  const entries = [{ SOPInstanceUID: '1' }, { instances: [{ SOPInstanceUID: '2' }, { SOPInstanceUID: '3' }] }];
  const displaySets = { getDisplaySetsForSeries: (uid: string) => (uid === 'series' ? entries : undefined) };
  const entryOf = (SOPInstanceUID: string, SeriesInstanceUID = 'series') =>
    listedAs(displaySets, { SeriesInstanceUID, SOPInstanceUID });
  expect(entryOf('1')).toBe(entries[0]);
  expect(entryOf('3')).toBe(entries[1]);
  expect(entryOf('4')).toBeUndefined();
  expect(entryOf('1', 'other')).toBeUndefined();
});
