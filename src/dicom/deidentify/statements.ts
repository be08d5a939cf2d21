import type { DicomJson, DicomJsonValue } from '../json/json-model';
import type { DeidentifyOptions } from './deidentify-options';
import { METHODS, methodsOf } from './deidentify-options';
import { codeItem } from './dummy-value';

const METHOD_CODES = '00120064';

/** Methods of an earlier de-identification that this one does not undo: those that changed the pixels. */
const LASTING: readonly string[] = ['113101', '113102', '113103'];

const TEMPORAL = { full: 'UNMODIFIED', modified: 'MODIFIED' } as const;

/**
 * PS3.15 E.1.1: the attributes that state that a data set was de-identified, and how.
 * @param before the data set before that
 */
export function statements(before: DicomJson, options: DeidentifyOptions): DicomJson {
  const codes = methodsOf(options);
  const earlier = new Set((before[METHOD_CODES]?.Value ?? []).map(methodOf).filter((code) => code !== undefined));
  const all = [...codes, ...LASTING.filter((code) => earlier.has(code))];
  const { retainDates } = options;
  return {
    '00120062': { vr: 'CS', Value: ['YES'] },
    '00120063': {
      vr: 'LO',
      Value: [
        'DICOM PS3.15 Basic Application Level Confidentiality Profile',
        ...codes.slice(1).map((code) => METHODS[code]!),
      ],
    },
    [METHOD_CODES]: { vr: 'SQ', Value: all.map((code) => codeItem(code, 'DCM', METHODS[code]!)) },
    '00280303': { vr: 'CS', Value: [retainDates === undefined ? 'REMOVED' : TEMPORAL[retainDates]] },
  };
}

function methodOf(item: DicomJsonValue | null): string | undefined {
  if (item === null || typeof item !== 'object') return undefined;
  const { '00080100': value, '00080102': scheme } = item as DicomJson;
  const code = value?.Value?.[0];
  return typeof code === 'string' && scheme?.Value?.[0] === 'DCM' ? code : undefined;
}
