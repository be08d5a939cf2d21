import type { PixelClearing } from '../dicom/deidentify/pixel-clearing';
import type { AttributeTexts } from '../dicom/json/json-text';
import type { InstanceLayout } from '../dicom/pixels/pixel-layout';
import type { InstanceIdentity, SeriesIdentity } from './identities';

/** A stored instance and its Part 10 file. */
export interface InstanceFile extends InstanceIdentity {
  readonly sopClassUID: string;
  readonly transferSyntaxUID: string;
  /** Part of the names of the R2 objects that hold these bytes. */
  readonly version: string;
  readonly byteLength: number;
  /** SHA-256 of the Part 10 file, hexadecimal. */
  readonly digest: string;
  /** CRC-32 of the Part 10 file. */
  readonly crc32: number;
  readonly layout: InstanceLayout;
}

/** A stored instance in the form that reads need. */
export interface InstanceRow extends InstanceFile {
  /** The row's number. It grows in the order of storing. */
  readonly id: number;
  /** Characters of the layout in the form that the index keeps. */
  readonly layoutLength: number;
  /** What is cleared in the pixel data when it is read; absent unless the row is seen through a de-identification. */
  readonly cleared?: PixelClearing;
}

/** The file that is held of an instance. */
export type HeldFile = InstanceIdentity & Pick<InstanceRow, 'version' | 'byteLength' | 'digest' | 'transferSyntaxUID'>;

/** One metadata segment of a series. */
export interface SegmentRow extends SeriesIdentity {
  readonly name: string;
  readonly byteLength: number;
  /** Number of instances that were written into it. */
  readonly entryCount: number;
  /** Number of instances that still count there; fewer than entryCount when some were refused or deleted. */
  readonly liveCount: number;
  /** The segment itself when it is not an object: see metadata-segment.ts. */
  readonly content: string | null;
}

/** The location of one instance's metadata. */
export interface MetadataLocation extends InstanceIdentity {
  readonly version: string;
  readonly segment: string;
  /** The segment itself when it is not an object; also null when the query was for more than single instances. */
  readonly content: string | null;
  /** The gzip member that contains it: offset and length in the object, bytes. */
  readonly offset: number;
  readonly length: number;
  /** The instance in the inflated text of the member: its first byte, and the byte after its last. */
  readonly start: number;
  readonly end: number;
}

/** What a metadata segment holds of entries that count. */
export interface SegmentContents {
  readonly segment: string;
  /** Entries that are merged as a whole. */
  readonly parts: readonly SegmentPart[];
  /** The instances of the other entries, in the order in which they were written. */
  readonly locations: readonly MetadataLocation[];
}

/**
 * Entries that lie together: the members of a range of the segment, or a text in the content of one member. A place
 * that is counted from the beginning of the part lies `offset` bytes later in the segment or, in the content of one
 * member, `start` bytes later.
 */
export interface SegmentPart {
  readonly id: number;
  readonly entryCount: number;
  /** Offset of the range or, when `length` has a value, of the only member; bytes. */
  readonly offset: number;
  /** Length of the only member, bytes; null: the entries are in several members. */
  readonly length: number | null;
  /** Where the text begins in the content of the only member. */
  readonly start: number;
  /** Length of the range or of the text. */
  readonly byteLength: number;
}

/**
 * One match of a search. The text of an attribute that is too long for the index is empty: the attribute has a value
 * that the index does not know.
 */
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
