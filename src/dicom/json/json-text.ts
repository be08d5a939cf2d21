import type { DicomJson, DicomJsonAttribute } from './json-model';

/** The JSON text of each attribute of a data set, by its tag. Most stored text can be sent without parsing it. */
export type AttributeTexts = ReadonlyMap<string, string>;

/** An attribute as JSON text; data sets in a sequence have their attributes in the order of tags. */
export function attributeText(attribute: DicomJsonAttribute): string {
  const { vr, Value } = attribute;
  if (vr !== 'SQ' && Value?.some((value) => Object.is(value, -0))) return textOfNumbers(vr, Value);
  if (vr !== 'SQ' || Value === undefined) return JSON.stringify(attribute);
  const items = Value.map((item) => (item === null ? 'null' : dataSetText(textsOf(item as DicomJson))));
  return `{"vr":"SQ","Value":[${items.join(',')}]}`;
}

/** JSON.stringify would write negative zero as 0; in DICOM, the two are different values (PS3.5 6.2, FD and FL). */
function textOfNumbers(vr: string, values: readonly unknown[]): string {
  const texts = values.map((value) => (Object.is(value, -0) ? '-0' : JSON.stringify(value)));
  return `{"vr":"${vr}","Value":[${texts.join(',')}]}`;
}

/** The JSON text of each attribute of a data set, by its tag. */
export function textsOf(dataSet: DicomJson): Map<string, string> {
  return new Map(Object.entries(dataSet).map(([tag, attribute]) => [tag, attributeText(attribute)]));
}

/**
 * A data set as JSON text, with its attributes in the order of tags (PS3.18 F.2.2). JSON.stringify alone would put tags
 * such as 30060010 first: JavaScript objects keep keys that look like integers before all others.
 * @param order tags in order, which may include tags that are not in `texts`; by default the tags are sorted
 */
export function dataSetText(texts: AttributeTexts, order: readonly string[] = [...texts.keys()].sort()): string {
  let text = '';
  for (const tag of order) {
    const attribute = texts.get(tag);
    if (attribute !== undefined) text += `${text === '' ? '' : ','}"${tag}":${attribute}`;
  }
  return `{${text}}`;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/**
 * Splits the text of a data set into its attributes without parsing values. This costs a third of JSON.parse, and the
 * values need not be written again.
 * @param json a data set as JSON without white space between tokens; text with white space is parsed
 */
export function splitDataSet(json: string): Map<string, string> {
  const texts = splitAttributes(json);
  if (texts === undefined) return textsOf(JSON.parse(json));
  // Attributes within a sequence may be in the order of a JavaScript object rather than in the order of tags.
  for (const [tag, text] of texts) if (isSequence(text)) texts.set(tag, attributeText(JSON.parse(text)));
  return texts;
}

/**
 * Like splitDataSet, but leaves sequences as they are written.
 * @returns undefined when there is white space between tokens
 */
export function splitAttributes(json: string): Map<string, string> | undefined {
  const texts = new Map<string, string>();
  const last = json.length - 1;
  for (let at = 1; at < last; ) {
    // "gggggggg":{
    const from = at + 11;
    if (json.charCodeAt(at) !== QUOTE || json.charCodeAt(from) !== OPENING) return undefined;
    const end = json.startsWith(SEQUENCE, from) ? endOfObject(json, from) : endOfPlain(json, from, last);
    texts.set(json.slice(at + 1, at + 9), json.slice(from, end));
    at = end + 1;
  }
  return texts;
}

/**
 * The end of an attribute that has no data sets in it: the place where the next attribute begins. The match is certain:
 * within a string, quotation marks are escaped, and a string that ends in `},` is not followed by a tag.
 * @param last the position of the brace that closes the data set
 */
function endOfPlain(json: string, from: number, last: number): number {
  for (let at = json.indexOf('},"', from); at >= 0; at = json.indexOf('},"', at + 1)) {
    // },"gggggggg":{
    const tagged = json.charCodeAt(at + 3) !== COMMA && json.startsWith('":{', at + 11);
    if (tagged) return at + 1;
  }
  return last;
}

const SEQUENCE = '{"vr":"SQ"';
const ITEMS = `${SEQUENCE},"Value":[`;

/** @param text an attribute, without white space between tokens */
function isSequence(text: string): boolean {
  return text.startsWith(SEQUENCE);
}

/**
 * Yields the items of a sequence, one after the other.
 * @param text the attribute, without white space between tokens
 * @returns undefined when the attribute is not a sequence, or has no items
 */
export function splitItems(text: string): Generator<string> | undefined {
  return text.startsWith(ITEMS) ? splitList(text.slice(ITEMS.length, -2)) : undefined;
}

/**
 * Yields the members of a list of data sets.
 * @param text `{...},{...}` without white space between tokens; an empty item may be `null`
 */
export function* splitList(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.charCodeAt(at) === OPENING ? endOfObject(text, at) : at + 'null'.length;
    yield text.slice(at, end);
    at = end + 1;
  }
}

/** @returns the position after the brace that closes the one at `from` */
function endOfObject(json: string, from: number): number {
  let depth = 0;
  for (let at = from; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at);
    else if (code === OPENING) depth += 1;
    else if (code === CLOSING && --depth === 0) return at + 1;
  }
  return json.length;
}

/** @returns the position of the quotation mark that closes the one at `from` */
function endOfString(json: string, from: number): number {
  for (let at = json.indexOf('"', from + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return json.length;
}
