import type { DicomJson, DicomJsonAttribute } from '../json/json-model';
import { vrOfName } from '../values/value-representations';

/** Valid as text of every VR, including CS. */
const REMOVED = 'REMOVED';

/** Eight zero bytes: whole words of every binary VR. */
const ZERO_BYTES = 'AAAAAAAAAAA=';

/** Dummy values for the VRs that cannot hold the text. */
const VALUES: Readonly<Record<string, string | number>> = {
  AS: '000Y',
  AT: '00000000',
  DA: '19000101',
  DT: '19000101000000',
  TM: '000000',
  UR: 'about:blank',
};

/** An attribute with a meaningless value that is valid for its VR (PS3.15 E.1, action D). Not for UI and SQ. */
export function dummyAttribute(vr: string): DicomJsonAttribute {
  const kind = vrOfName(vr)?.kind ?? 'bytes';
  if (kind === 'bytes') return { vr, InlineBinary: ZERO_BYTES };
  if (kind === 'name') return { vr, Value: [{ Alphabetic: REMOVED }] };
  return { vr, Value: [VALUES[vr] ?? (kind === 'text' ? REMOVED : 0)] };
}

/** A content item (PS3.3 C.17.3) that can replace the content of any container of a structured report. */
export function dummyContentItem(): DicomJson {
  return {
    '0040A010': { vr: 'CS', Value: ['CONTAINS'] },
    '0040A040': { vr: 'CS', Value: ['TEXT'] },
    '0040A043': { vr: 'SQ', Value: [codeItem('121071', 'DCM', 'Finding')] },
    '0040A160': { vr: 'UT', Value: [REMOVED] },
  };
}

/** An item of a code sequence (PS3.3 table 8.8-1). */
export function codeItem(value: string, scheme: string, meaning: string): DicomJson {
  return {
    '00080100': { vr: 'SH', Value: [value] },
    '00080102': { vr: 'SH', Value: [scheme] },
    '00080104': { vr: 'LO', Value: [meaning] },
  };
}
