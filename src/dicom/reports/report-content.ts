import type { DicomJson } from '../json/json-model';
import { itemValue, type LongTexts, NO_LONG_TEXTS } from './report-item-value';
import { codeAt, itemsAt, numbersAt, type ReadableValue, readableDateTime, textAt } from './report-values';

/** Another instance that a report refers to (PS3.3 C.18.3 to C.18.5). */
export interface ReportReference {
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
  /** The study of the instance by the evidence of the report; absent when the evidence does not list the instance. */
  readonly studyInstanceUID?: string;
  readonly seriesInstanceUID?: string;
  /** Frame numbers from 1; empty: all frames. */
  readonly frames: readonly number[];
  readonly segments: readonly number[];
  /** SOP Instance UID of the presentation state with which an image is to be displayed. */
  readonly presentationState?: string;
  /** Pairs of multiplex group and channel; empty: all channels. */
  readonly channels: readonly number[];
}

/** One content item of an SR document's tree (PS3.3 C.17.3). */
export interface ContentItem {
  /**
   * Position in the form of Referenced Content Item Identifier (0040,DB73): 1.2.3 is the third child of the root's
   * second child.
   */
  readonly place: string;
  /** Depth in the tree; 0 for the root. */
  readonly depth: number;
  readonly valueType: string;
  /** Relationship to its parent; empty for the root. */
  readonly relationshipType: string;
  /** Concept Name; absent when the item has none. */
  readonly name?: ReadableValue;
  readonly value: ReadableValue;
  readonly references: readonly ReportReference[];
  /**
   * The position of the item to which this item refers (a by-reference relationship); such an item has no value of its
   * own.
   */
  readonly byReference?: string;
  /** Information besides the value: when the item was observed, and its UID. */
  readonly remarks: readonly string[];
}

/** A step of the walk: an item begins, or an item with all its contents has ended. */
export type ContentStep =
  | { readonly kind: 'open'; readonly item: ContentItem }
  | { readonly kind: 'close'; readonly item: ContentItem };

const CONTENT_SEQUENCE = '0040A730';

/** Beginnings and ends of content items that are written between two pauses: some milliseconds of work. */
export const ITEMS_OF_PIECE = 512;

/**
 * Walks a content tree from its root. Each item comes before its children. The walk does not recurse, so depth cannot
 * overflow the call stack.
 * @param dataSet of an SR document or a Key Object Selection
 * @param longTexts those that the data set only refers to; of others, the address is the value
 */
export function* contentSteps(dataSet: DicomJson, longTexts: LongTexts = NO_LONG_TEXTS): Generator<ContentStep> {
  const evidence = evidenceOf(dataSet);
  const open: { readonly item: ContentItem; readonly children: readonly DicomJson[]; next: number }[] = [];
  const begin = (data: DicomJson, place: string): ContentStep => {
    const item = contentItem(data, place, open.length, { evidence, longTexts });
    open.push({ item, children: itemsAt(data, CONTENT_SEQUENCE), next: 0 });
    return { kind: 'open', item };
  };
  yield begin(dataSet, '1');
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const child = top.children[top.next];
    if (child === undefined) {
      open.pop();
      yield { kind: 'close', item: top.item };
    } else {
      top.next += 1;
      yield begin(child, `${top.item.place}.${top.next}`);
    }
  }
}

type Evidence = ReadonlyMap<string, { readonly studyInstanceUID: string; readonly seriesInstanceUID: string }>;

/** What belongs to the document as a whole. */
interface Around {
  readonly evidence: Evidence;
  readonly longTexts: LongTexts;
}

function contentItem(data: DicomJson, place: string, depth: number, { evidence, longTexts }: Around): ContentItem {
  const valueType = textAt(data, '0040A040');
  const name = codeAt(data, '0040A043');
  const referenced = numbersAt(data, '0040DB73');
  const observed = textAt(data, '0040A032');
  const uid = textAt(data, '0040A171');
  return {
    place,
    depth,
    valueType,
    relationshipType: textAt(data, '0040A010'),
    ...(name && { name }),
    value: itemValue(data, valueType, longTexts),
    references: itemsAt(data, '00081199').map((reference) => reportReference(reference, evidence)),
    ...(referenced.length > 0 && { byReference: referenced.join('.') }),
    remarks: [
      ...(observed === '' ? [] : [`observed ${readableDateTime(observed)}`]),
      ...(uid === '' ? [] : [`observation ${uid}`]),
    ],
  };
}

function reportReference(data: DicomJson, evidence: Evidence): ReportReference {
  const sopInstanceUID = textAt(data, '00081155');
  const [state] = itemsAt(data, '00081199');
  return {
    sopClassUID: textAt(data, '00081150'),
    sopInstanceUID,
    ...evidence.get(sopInstanceUID),
    frames: numbersAt(data, '00081160'),
    segments: numbersAt(data, '0062000B'),
    channels: numbersAt(data, '0040A0B0'),
    ...(state && { presentationState: textAt(state, '00081155') }),
  };
}

/** Current Requested Procedure Evidence, Pertinent Other Evidence (PS3.3 C.17.2.3). */
const EVIDENCE_SEQUENCES = ['0040A375', '0040A385'];

/** The study and series of each instance to which the report refers. */
function evidenceOf(dataSet: DicomJson): Evidence {
  const found = new Map<string, { studyInstanceUID: string; seriesInstanceUID: string }>();
  for (const study of EVIDENCE_SEQUENCES.flatMap((tag) => itemsAt(dataSet, tag))) {
    for (const series of itemsAt(study, '00081115')) {
      const where = { studyInstanceUID: textAt(study, '0020000D'), seriesInstanceUID: textAt(series, '0020000E') };
      for (const instance of itemsAt(series, '00081199')) found.set(textAt(instance, '00081155'), where);
    }
  }
  return found;
}

const RELATIONSHIPS: Readonly<Record<string, string>> = {
  'HAS OBS CONTEXT': 'observation context',
  'HAS ACQ CONTEXT': 'acquisition context',
  'HAS CONCEPT MOD': 'modifier',
  'HAS PROPERTIES': 'property',
  'INFERRED FROM': 'inferred from',
  'SELECTED FROM': 'selected from',
};

/** A relationship in words; empty for CONTAINS, which the position in the tree already shows. */
export function relationshipInWords(type: string): string {
  return type === 'CONTAINS' || type === '' ? '' : (RELATIONSHIPS[type] ?? type.toLowerCase());
}

const KINDS: Readonly<Record<string, string>> = { IMAGE: 'Image', WAVEFORM: 'Waveform', COMPOSITE: 'Object' };

/** A description of an item that has neither name nor value, so that every item of the tree is visible. */
export function kindInWords(valueType: string): string {
  return valueType === 'CONTAINER' ? 'Section' : (KINDS[valueType] ?? (valueType || 'Item'));
}

/** A reference in words. */
export function referenceInWords(valueType: string, reference: ReportReference): string {
  const { sopInstanceUID, frames, segments, channels, presentationState } = reference;
  const parts = [
    `${KINDS[valueType] ?? 'Object'} ${sopInstanceUID}`.trim(),
    frames.length === 0 ? '' : `frame ${frames.join(', ')}`,
    segments.length === 0 ? '' : `segment ${segments.join(', ')}`,
    channels.length === 0 ? '' : `channel ${pairs(channels).join(', ')}`,
    presentationState === undefined ? '' : `presentation state ${presentationState}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function pairs(channels: readonly number[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < channels.length; at += 2) found.push(channels.slice(at, at + 2).join('/'));
  return found;
}
