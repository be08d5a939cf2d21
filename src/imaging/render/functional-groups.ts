import type { DicomJson } from '../../dicom/json/json-model';
import { itemsOf } from './attributes';

const SHARED_FUNCTIONAL_GROUPS = '52009229';
const PER_FRAME_FUNCTIONAL_GROUPS = '52009230';

/**
 * Reads a functional group of a frame: the item of the frame, or else the shared item (PS3.3 C.7.6.16).
 * @param frameNumber counted from 1
 * @param sequence the tag of the macro's sequence
 */
export function functionalGroup(dataSet: DicomJson, frameNumber: number, sequence: string): DicomJson | undefined {
  const frame = dataSet[PER_FRAME_FUNCTIONAL_GROUPS]?.Value?.[frameNumber - 1] as DicomJson | null | undefined;
  return (
    itemsOf(frame ?? undefined, sequence)[0] ?? itemsOf(itemsOf(dataSet, SHARED_FUNCTIONAL_GROUPS)[0], sequence)[0]
  );
}

/** All items of a functional group: those of the frames and the shared one. */
export function* functionalGroups(dataSet: DicomJson, sequence: string): Generator<DicomJson> {
  for (const groups of [SHARED_FUNCTIONAL_GROUPS, PER_FRAME_FUNCTIONAL_GROUPS]) {
    for (const frame of itemsOf(dataSet, groups)) {
      const item = itemsOf(frame, sequence)[0];
      if (item !== undefined) yield item;
    }
  }
}
