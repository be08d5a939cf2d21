import type { AttributeTexts } from '../dicom/json/json-text';
import type { InstanceLayout } from '../dicom/pixels/pixel-layout';
import type { InstanceIdentity, SeriesIdentity } from './identities';

/** A stored instance as reads need it. */
export interface InstanceRow extends InstanceIdentity {
  /** The row's number; grows in the order of storing. */
  readonly id: number;
  readonly sopClassUID: string;
  readonly transferSyntaxUID: string;
  /** Names the R2 objects of these bytes. */
  readonly version: string;
  readonly byteLength: number;
  /** SHA-256 of the Part 10 file, hexadecimal. */
  readonly digest: string;
  /** CRC-32 of the Part 10 file. */
  readonly crc32: number;
  readonly layout: InstanceLayout;
  /** Characters of the layout as it is kept in the index. */
  readonly layoutLength: number;
}

/** One metadata segment of a series. */
export interface SegmentRow extends SeriesIdentity {
  readonly name: string;
  readonly byteLength: number;
  /** Instances written into it. */
  readonly entryCount: number;
  /** Instances that are still found there; fewer than entryCount when some were refused or deleted. */
  readonly liveCount: number;
  /** The segment itself, where it is no object: see metadata-segment.ts. */
  readonly content: string | null;
}

/** Where one instance's metadata lies. */
export interface MetadataLocation extends InstanceIdentity {
  readonly version: string;
  readonly segment: string;
  /** The segment itself, where it is no object; null also where the question was of more than single instances. */
  readonly content: string | null;
  /** The gzip member that holds it: offset and length in the object, bytes. */
  readonly offset: number;
  readonly length: number;
  /** The instance in the member's uncompressed content: first byte, and one past the last. */
  readonly start: number;
  readonly end: number;
}

/** One match of a search. The text of an attribute that is too long for the index is empty: it has a value, not known. */
export interface SearchRow {
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID?: string;
  readonly sopInstanceUID?: string;
  /** Patient and study attributes, with the study's counts and modalities; absent unless the query asks for them. */
  readonly study?: AttributeTexts;
  /** Series attributes with the series' count; absent unless the query asks for them. */
  readonly series?: AttributeTexts;
  /** Instance attributes kept in the index; absent unless the query asks for them. */
  readonly instance?: AttributeTexts;
}
