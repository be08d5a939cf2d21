/**
 * PS3.18 F.2: a data set as an object. The keys are tags of eight upper-case hexadecimal digits, the values are
 * attributes.
 */
export interface DicomJson {
  [tag: string]: DicomJsonAttribute;
}

export interface DicomJsonAttribute {
  vr: string;
  Value?: (DicomJsonValue | null)[];
  BulkDataURI?: string;
  InlineBinary?: string;
}

export type DicomJsonValue = string | number | PersonName | DicomJson;

/** PS3.18 F.2.2: the component groups of a PN value. */
export interface PersonName {
  Alphabetic?: string;
  Ideographic?: string;
  Phonetic?: string;
}
