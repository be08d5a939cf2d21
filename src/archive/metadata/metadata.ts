import { textsOf as attributeTexts, dataSetText, splitList } from '../../dicom/json/json-text';
import { begun } from '../body/begun';
import { logBreak } from '../body/stream-pieces';
import { concatenated, digestOf, utf8 } from '../bytes';
import type { Scope } from '../identities';
import type { AnswerMemory } from '../memory/answer-memory';
import { segmentKey } from '../object-keys';
import type { Archive, DeidentifiedAccess } from '../ports';
import type { MetadataLocation, SegmentRow } from '../rows';
import type { MetadataCache } from './metadata-cache';
import {
  type EarlySegment,
  inflateMember,
  type MemberSource,
  readMember,
  readMembers,
  type StoredSegment,
} from './metadata-read';
import { ReadAhead } from './read-ahead';

/** The metadata of a study, a series or an instance. */
export interface Metadata {
  /** Names exactly this response: it changes with each instance and with the base URI. */
  readonly etag: string;
  /**
   * The DICOM JSON array (PS3.18 10.4.1.1.2) with absolute URIs, streamed or as it was kept.
   * @throws what reading the first entries throws, such as ObjectMissing: nothing has been sent then
   */
  open(): Promise<ReadableStream<Uint8Array> | Uint8Array>;
  /** The data sets one by one, each with the same text as in the array. @throws as `open` */
  dataSets(): Promise<AsyncIterable<string>>;
}

/**
 * Finds the metadata of a scope. It takes one statement to D1, or two when segments hold entries that no longer count,
 * and then one R2 read for each segment, unless the answer is kept. After a run of the compactor that is one for each series.
 * @param baseURI of the DICOMweb root, for BulkDataURI
 * @param means of the isolate: memory for the response, and the answers that it keeps
 * @returns null when there is no such study, series or instance
 */
export async function findMetadata(
  archive: Archive,
  scope: Scope,
  baseURI: string,
  means: MetadataMeans,
): Promise<Metadata | null> {
  if (archive.deidentified !== undefined)
    return await deidentifiedMetadata(archive.deidentified, scope, baseURI, means);
  const { memory, kept } = means;
  const sources =
    scope.sopInstanceUID === undefined ? await ofSegments(archive, scope) : await ofInstance(archive, scope);
  if (sources.length === 0) return null;
  const identity = sources.map(({ name, picks }) => `${name} ${picks === undefined ? '' : JSON.stringify([...picks])}`);
  const etag = await digestOf([archive.name, baseURI, ...identity].join('\n'));
  const pieces = () => kept.keeping(etag, inArray(textsOf(archive, sources, baseURI, memory)), memory);
  return {
    etag,
    open: async () => kept.find(etag) ?? streamed(await begun(pieces())),
    dataSets: async () => dataSetsOf(await begun(textsOf(archive, sources, baseURI, memory))),
  };
}

/** The parts of the isolate that answers with metadata need. */
export interface MetadataMeans {
  readonly memory: AnswerMemory;
  readonly kept: MetadataCache;
}

/** The metadata of a de-identified archive: each data set is parsed and de-identified. */
async function deidentifiedMetadata(
  { original, originalOf, dataSet, tag }: DeidentifiedAccess,
  scope: Scope,
  baseURI: string,
  means: MetadataMeans,
): Promise<Metadata | null> {
  const from = await originalOf(scope);
  const found = from === undefined ? null : await findMetadata(original, from, baseURI, means);
  if (found === null) return null;
  const seen = async function* (): AsyncGenerator<string> {
    for await (const text of await found.dataSets()) yield dataSetText(attributeTexts(await dataSet(JSON.parse(text))));
  };
  const entries = async function* (): AsyncGenerator<Uint8Array> {
    for await (const text of seen()) yield utf8(`,${text}`);
  };
  return {
    etag: await digestOf(`${tag}\n${found.etag}`),
    open: async () => streamed(await begun(inArray(entries()))),
    dataSets: async () => await begun(seen()),
  };
}

/** One segment that is to be read, whole or in part. */
interface SegmentSource extends StoredSegment {
  readonly name: string;
  /** The wanted parts of each member, by the offset of the member; absent when the whole segment is wanted. */
  readonly picks?: ReadonlyMap<number, readonly MetadataLocation[]>;
  /** The only member that is wanted: it is read alone. */
  readonly member?: MetadataLocation;
}

async function ofSegments(archive: Archive, scope: Scope): Promise<SegmentSource[]> {
  const segments = await archive.index.segments(scope);
  const whole = segments.every(({ entryCount, liveCount }) => entryCount === liveCount);
  const locations = Map.groupBy(whole ? [] : await archive.index.metadataLocations(scope), ({ segment }) => segment);
  return segments.map((segment: SegmentRow) => {
    const { name, content, byteLength } = segment;
    const source = { name, key: segmentKey(segment, name), content, byteLength };
    if (segment.entryCount === segment.liveCount) return source;
    return { ...source, picks: Map.groupBy(locations.get(segment.name) ?? [], ({ offset }) => offset) };
  });
}

async function ofInstance(archive: Archive, scope: Scope): Promise<SegmentSource[]> {
  const locations = await archive.index.metadataLocations(scope);
  return locations.map((member) => ({
    name: member.segment,
    key: segmentKey(member, member.segment),
    content: member.content,
    picks: new Map([[member.offset, [member]]]),
    member,
  }));
}

/** Stands for the base URI in stored text. It never occurs in JSON, where control characters are escaped. */
const BASE_PLACEHOLDER = 1;

const OPENING_BRACKET = 0x5b;

/** Entries are stored as `,{...}`: the bracket replaces the first comma. */
async function* inArray(texts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let opened = false;
  for await (const text of texts) {
    if (!opened) text[0] = OPENING_BRACKET;
    opened = true;
    yield text;
  }
  yield utf8(opened ? ']' : '[]');
}

function streamed(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream();
  const pump = async (): Promise<void> => {
    const writer = writable.getWriter();
    try {
      for await (const piece of pieces) await writer.write(piece);
      await writer.close();
    } catch (error) {
      await writer.abort(error).catch(() => undefined);
    }
  };
  void pump();
  return readable;
}

async function* dataSetsOf(texts: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const text of texts) {
    yield* splitList(new TextDecoder().decode(text.subarray(1)));
  }
}

/** The wanted entries, those of one member together, as `,{...},{...}`. */
async function* textsOf(
  archive: Archive,
  sources: readonly SegmentSource[],
  baseURI: string,
  memory: AnswerMemory,
): AsyncGenerator<Uint8Array> {
  const base = utf8(baseURI);
  let sent = false;
  const ahead = new ReadAhead(
    archive.objects,
    sources.filter(({ member }) => member === undefined),
    memory,
  );
  try {
    await ahead.begin();
    for (const source of sources) {
      for await (const { offset, member } of membersOf(archive, source, ahead.take(source))) {
        const picks = source.picks === undefined ? undefined : (source.picks.get(offset) ?? []);
        if (picks?.length === 0) continue;
        await memory.hold(member);
        yield withBase(picked(await inflateMember(member), picks), base);
        sent = true;
      }
    }
  } catch (error) {
    throw sent ? logBreak(error) : error;
  } finally {
    ahead.release();
    memory.release();
  }
}

async function* membersOf(
  archive: Archive,
  source: SegmentSource,
  early: Promise<EarlySegment> | undefined,
): AsyncIterable<MemberSource> {
  if (source.member !== undefined) yield await readMember(archive.objects, source, source.member);
  else yield* readMembers(archive.objects, source, early);
}

/** The wanted entries of a member's text, each with the comma before it. */
function picked(text: Uint8Array, picks: readonly MetadataLocation[] | undefined): Uint8Array {
  if (picks === undefined) return text;
  return concatenated(picks.map(({ start, end }) => text.subarray(start - 1, end)));
}

/** Puts the base URI in the place of each placeholder. */
export function withBase(text: Uint8Array, base: Uint8Array): Uint8Array {
  const places: number[] = [];
  for (let at = text.indexOf(BASE_PLACEHOLDER); at >= 0; at = text.indexOf(BASE_PLACEHOLDER, at + 1)) places.push(at);
  if (places.length === 0) return text;
  const whole = new Uint8Array(text.length + places.length * (base.length - 1));
  let from = 0;
  let to = 0;
  for (const at of places) {
    whole.set(text.subarray(from, at), to);
    to += at - from;
    whole.set(base, to);
    to += base.length;
    from = at + 1;
  }
  whole.set(text.subarray(from), to);
  return whole;
}
