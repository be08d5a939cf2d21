import type { DicomJsonAttribute } from '../json/json-model';
import { VALUE_CHECKS } from '../values/value-checks';
import { vrOfName } from '../values/value-representations';

/** Whether an attribute has a value that is not empty, in the metadata or outside. */
export function hasValue({ Value, BulkDataURI, InlineBinary }: DicomJsonAttribute): boolean {
  return Boolean(Value?.some((value) => value !== null) || BulkDataURI !== undefined || InlineBinary);
}

/** Whether all values of an attribute are values of its VR, so that they cannot be something else. */
export function isWellFormed({ vr, Value = [] }: DicomJsonAttribute): boolean {
  const check = VALUE_CHECKS[vr];
  const ascii = !vrOfName(vr)?.charset;
  return Value.every((value) => typeof value !== 'string' || check?.(value, ascii) === undefined);
}

/** Whether the values of an attribute of VR UI have digits and dots only: many private UIDs have zeros too many. */
export function hasOnlyNumbers({ Value }: DicomJsonAttribute): boolean {
  return Value?.every((value) => value === null || (typeof value === 'string' && /^[\d.]*$/.test(value))) ?? false;
}
