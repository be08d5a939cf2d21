import type { SegmentReplacement } from '../commit-group';
import { segmentKey } from '../object-keys';
import type { ObjectStore } from '../object-store';
import type { MetadataLocation, SegmentContents, SegmentPart, SegmentRow } from '../rows';
import { inflateMember, type MemberSource, readMembers } from './metadata-read';
import { MEMBER_HEADER_BYTES, type SegmentWriter } from './metadata-segment';

/** Where entries are in the merged segment. Each is known once the segment is finished. */
export interface CopiedEntries {
  readonly parts: readonly (() => SegmentReplacement['parts'][number])[];
  readonly locations: readonly (() => SegmentReplacement['locations'][number])[];
}

/**
 * Bytes. A member with at least this much text is copied unchanged. Smaller ones are joined: they would compress badly,
 * and each would be inflated separately.
 */
const LARGE_TEXT_BYTES = 64 * 1024;

/**
 * Copies the entries of a segment that count into a merged one.
 * @throws ObjectMissing
 */
export async function copyEntries(
  objects: ObjectStore,
  segment: SegmentRow,
  contents: SegmentContents,
  writer: SegmentWriter,
): Promise<CopiedEntries> {
  const copy = new EntryCopy(segment.name, contents, writer);
  const { name, content, byteLength } = segment;
  let before: MemberSource | undefined;
  let isOnly = true;
  for await (const source of readMembers(objects, { key: segmentKey(segment, name), content, byteLength })) {
    if (before !== undefined) {
      isOnly = false;
      await copy.add(before, isOnly);
    }
    before = source;
  }
  if (before !== undefined) await copy.add(before, isOnly);
  return { parts: copy.parts, locations: copy.locations };
}

class EntryCopy {
  readonly parts: (() => SegmentReplacement['parts'][number])[] = [];
  readonly locations: (() => SegmentReplacement['locations'][number])[] = [];
  private readonly ranges: readonly SegmentPart[];
  private readonly texts: Map<number, SegmentPart[]>;
  private readonly singles: Map<number, MetadataLocation[]>;

  constructor(
    private readonly from: string,
    contents: SegmentContents,
    private readonly writer: SegmentWriter,
  ) {
    const { parts, locations } = contents;
    this.ranges = parts.filter(({ length }) => length === null);
    this.texts = Map.groupBy(
      parts.filter(({ length }) => length !== null),
      ({ offset }) => offset,
    );
    this.singles = Map.groupBy(locations, ({ offset }) => offset);
  }

  /** @param isOnly whether the segment has no other member */
  async add({ offset, member }: MemberSource, isOnly: boolean): Promise<void> {
    const isLarge = textLength(member) >= LARGE_TEXT_BYTES;
    const range = this.ranges.find((one) => offset > one.offset && offset < one.offset + one.byteLength);
    // An entry belongs to one instance, so no single instance lies in a range whose entries all count.
    if (range !== undefined && (isLarge || !isOnly)) return await this.copyRange(range, offset, member);
    const singles = this.singles.get(offset) ?? [];
    const texts = range === undefined ? (this.texts.get(offset) ?? []) : [wholeText(range, member)];
    if (isLarge && covers(texts, member)) await this.copyMember(texts, member);
    else if (texts.length > 0 || singles.length > 0) await this.copyText(texts, singles, member);
  }

  private async copyRange(range: SegmentPart, offset: number, member: Uint8Array): Promise<void> {
    const isFirst = offset - MEMBER_HEADER_BYTES === range.offset;
    const to = await this.writer.addMember(member, isFirst ? range.entryCount : 0);
    const { from } = this;
    if (isFirst) this.parts.push(() => ({ ...range, from, offset: range.offset + to - offset }));
  }

  private async copyMember(texts: readonly SegmentPart[], member: Uint8Array): Promise<void> {
    const { from } = this;
    const entries = texts.reduce((sum, { entryCount }) => sum + entryCount, 0);
    const offset = await this.writer.addMember(member, entries);
    for (const part of texts) this.parts.push(() => ({ ...part, from, offset }));
  }

  private async copyText(
    parts: readonly SegmentPart[],
    singles: readonly MetadataLocation[],
    member: Uint8Array,
  ): Promise<void> {
    const { from } = this;
    const text = await inflateMember(member);
    for (const part of parts) {
      const { start, byteLength, entryCount } = part;
      const place = await this.writer.addText(text.subarray(start, start + byteLength), entryCount);
      this.parts.push(() => ({ ...part, from, offset: place.offset, length: place.length, start: place.start }));
    }
    for (const { sopInstanceUID, version, start, end } of singles) {
      const place = await this.writer.add(text.subarray(start, end));
      this.locations.push(() => {
        const { offset, length, start, end } = place;
        return { sopInstanceUID, version, from, offset, length, start, end };
      });
    }
  }
}

/** Length of the content of a gzip member, bytes: its last four bytes, little-endian. */
function textLength(member: Uint8Array): number {
  return new DataView(member.buffer, member.byteOffset, member.length).getUint32(member.length - 4, true);
}

/** Whether the texts are all that a member holds. */
function covers(texts: readonly SegmentPart[], member: Uint8Array): boolean {
  return texts.reduce((sum, { byteLength }) => sum + byteLength, 0) === textLength(member);
}

/** A segment of one short member, as the text in it. */
function wholeText(range: SegmentPart, member: Uint8Array): SegmentPart {
  return { ...range, start: 0, byteLength: textLength(member) };
}
