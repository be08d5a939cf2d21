import type { DicomJson, DicomJsonAttribute, DicomJsonValue } from '../../dicom/json/json-model';
import { decodeBase64 } from '../../dicom/values/base64';
import { characterSetOf } from '../../dicom/values/character-sets';
import { attributeJson } from '../../dicom/values/value-json';
import { vrNamed } from '../../dicom/values/value-representations';
import { type ComparableValue, comparableValues, timezoneOffsetOf } from '../search/comparable-value';
import { TAG } from '../search/search-keys';
import type { AttributeStep, ExtraAttribute } from './extra-attributes';

/** One value of an extra attribute. */
export interface ExtraValue {
  /** ExtraAttribute.name */
  readonly name: string;
  /** Empty when the item does not have the attribute, or when the attribute has no value there. */
  readonly value: ComparableValue;
  /**
   * The numbers of the sequence items that contain it, ITEM_CHARACTERS for each, outermost first; empty outside
   * sequences.
   */
  readonly item: string;
}

/** Characters of each number in ExtraValue.item: enough to tell a million items apart. */
export const ITEM_CHARACTERS = 4;

/** The attributes of a data set, read one at a time: most of them are not needed. */
export interface DataSetSource {
  /** Eight upper-case hexadecimal digits each. */
  tags(): Iterable<string>;
  attribute(tag: string): DicomJsonAttribute | undefined;
}

/**
 * Values, and characters of text, that one attribute of one entity may have in the index. Values beyond these limits
 * are not searched.
 */
const MOST_VALUES = 1000;
const MOST_CHARACTERS = 64 * 1024;

/**
 * The attributes of a data set that the instance reader gives as JSON texts. The URIs in these texts contain marks that
 * are not valid JSON.
 */
export function sourceOfTexts(elements: ReadonlyMap<string, string>): DataSetSource {
  return {
    tags: () => elements.keys(),
    attribute: (tag) => {
      const text = elements.get(tag);
      return text === undefined ? undefined : JSON.parse(text.replaceAll('\u0001', ''));
    },
  };
}

/** The attributes of a data set in the DICOM JSON model. */
export function sourceOfJson(dataSet: DicomJson): DataSetSource {
  return { tags: () => Object.keys(dataSet), attribute: (tag) => dataSet[tag] };
}

/** The values that a data set has of these attributes, without duplicates within an item. */
export function extraValues(attributes: readonly ExtraAttribute[], source: DataSetSource): ExtraValue[] {
  const offset = timezoneOffsetOf(source.attribute(TAG.timezoneOffsetFromUTC)?.Value?.[0]);
  return attributes.flatMap((attribute) => valuesOfOne(attribute, source, offset));
}

function valuesOfOne(attribute: ExtraAttribute, source: DataSetSource, timezoneOffset: number | undefined) {
  const { name, matching } = attribute;
  const found = new Map<string, ExtraValue>();
  let characters = 0;
  const add = (value: ComparableValue, item: string): void => {
    const key = `${item} ${typeof value} ${value}`;
    if (!found.has(key)) characters += String(value).length;
    found.set(key, { name, value, item });
  };
  for (const { value, item } of leaves(attribute, source)) {
    const values = value === undefined ? [''] : comparableValues(matching, value, timezoneOffset);
    for (const each of values) add(each, item);
    if (found.size >= MOST_VALUES || characters >= MOST_CHARACTERS) break;
  }
  return [...found.values()];
}

interface Leaf {
  /** undefined for an item without a value */
  readonly value: DicomJsonValue | undefined;
  readonly item: string;
}

function* leaves(
  attribute: ExtraAttribute,
  source: DataSetSource,
  depth = 0,
  item = '',
  characterSet = '',
): Generator<Leaf> {
  const declared = source.attribute('00080005')?.Value?.join('\\') ?? characterSet;
  const step = attribute.path[depth]!;
  const tag = tagIn(step, source);
  const here = tag === undefined ? undefined : source.attribute(tag);
  if (depth < attribute.path.length - 1) {
    for (const [at, one] of (here?.vr === 'SQ' ? (here.Value ?? []) : []).entries()) {
      const within = item + at.toString(36).padStart(ITEM_CHARACTERS, '0');
      yield* leaves(attribute, sourceOfJson((one ?? {}) as DicomJson), depth + 1, within, declared);
    }
    return;
  }
  const values = here === undefined ? [] : known(here, attribute.vr, declared).filter((value) => value != null);
  for (const value of values) yield { value, item };
  if (values.length === 0 && depth > 0) yield { value: undefined, item };
}

/**
 * The tag of an attribute in a data set. A private attribute lies in the block that its creator has there (PS3.5
 * 7.8.1).
 */
function tagIn(step: AttributeStep, source: DataSetSource): string | undefined {
  if ('tag' in step) return step.tag;
  for (const tag of source.tags()) {
    if (!tag.startsWith(`${step.group}00`) || tag.slice(6) < '10') continue;
    if (String(source.attribute(tag)?.Value?.[0] ?? '').trim() === step.creator) {
      return `${step.group}${tag.slice(6)}${step.element}`;
    }
  }
  return undefined;
}

/**
 * Values of an attribute whose VR the configuration knows and the data set does not: the instance arrived in implicit
 * VR, or from a sender without the dictionary of the creator. The bytes of UN are read by the configured VR (PS3.5
 * 6.2.2 note).
 */
function known(
  attribute: DicomJsonAttribute,
  vr: string,
  characterSet: string,
): NonNullable<DicomJsonAttribute['Value']> {
  if (attribute.Value !== undefined) return attribute.Value;
  const bytes = attribute.vr === 'UN' ? decodeBase64(attribute.InlineBinary ?? '') : undefined;
  if (bytes === undefined) return [];
  const text = attributeJson(vrNamed(vr), bytes, 0, bytes.length, characterSetOf(characterSet), false, () => undefined);
  return (JSON.parse(text) as DicomJsonAttribute).Value ?? [];
}
