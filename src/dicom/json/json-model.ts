/**
 * PS3.18 F.2: a data set as an object. The keys are tags of eight upper-case hexadecimal digits, the values are
 * attributes.
 */
export interface DicomJson {
  [tag: string]: DicomJsonAttribute;
}

/** PS3.18 F.2.2: an attribute with its VR and at most one of Value, BulkDataURI and InlineBinary. */
export interface DicomJsonAttribute {
  vr: string;
  Value?: (DicomJsonValue | null)[];
  BulkDataURI?: string;
  InlineBinary?: string;
}

/** PS3.18 F.2.3: one value. A sequence has data sets as values. */
export type DicomJsonValue = string | number | PersonName | DicomJson;

/** PS3.18 F.2.2: the component groups of a PN value. */
export interface PersonName {
  Alphabetic?: string;
  Ideographic?: string;
  Phonetic?: string;
}
