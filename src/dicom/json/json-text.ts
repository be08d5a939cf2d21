import type { DicomJson, DicomJsonAttribute } from './json-model';

/** A data set as the JSON text of each attribute by its tag: most that is stored as text is answered as text. */
export type AttributeTexts = ReadonlyMap<string, string>;

/** An attribute as text; what is inside a sequence in the order of its tags. */
export function attributeText(attribute: DicomJsonAttribute): string {
  if (attribute.vr !== 'SQ' || attribute.Value === undefined) return JSON.stringify(attribute);
  const items = attribute.Value.map((item) => (item === null ? 'null' : dataSetText(textsOf(item as DicomJson))));
  return `{"vr":"SQ","Value":[${items.join(',')}]}`;
}

export function textsOf(dataSet: DicomJson): Map<string, string> {
  return new Map(Object.entries(dataSet).map(([tag, attribute]) => [tag, attributeText(attribute)]));
}

/**
 * A data set as text, its attributes in the order of their tags (PS3.18 F.2.2). JSON.stringify alone would put tags such
 * as 30060010 first: objects keep names that look like whole numbers before all others.
 * @param order tags in order, those that are not there too; absent: they are put in order
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
 * Takes a data set's text apart without parsing values, which costs a third of JSON.parse and spares writing them again.
 * @param json a data set as JSON without white space between tokens; any other is parsed
 */
export function splitDataSet(json: string): Map<string, string> {
  const texts = splitAttributes(json);
  if (texts === undefined) return textsOf(JSON.parse(json));
  // What a sequence holds may have been written in an object's order.
  for (const [tag, text] of texts) if (isSequence(text)) texts.set(tag, attributeText(JSON.parse(text)));
  return texts;
}

/**
 * As splitDataSet, but for sequences, which are left as they are written.
 * @returns undefined where there is white space between tokens
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
 * The end of an attribute that holds no data sets: it is where another attribute begins. Inside a string no quotation mark
 * stands bare, and after a string that ends in `},` comes no tag, so that nothing else looks like this.
 * @param last the place of the brace that closes the data set
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

/** @param text of an attribute, without white space between tokens */
function isSequence(text: string): boolean {
  return text.startsWith(SEQUENCE);
}

/**
 * The items of a sequence, one after the other.
 * @param text of the attribute, without white space between tokens
 * @returns undefined when it is no sequence, or one without items
 */
export function splitItems(text: string): Generator<string> | undefined {
  return text.startsWith(ITEMS) ? splitList(text.slice(ITEMS.length, -2)) : undefined;
}

/**
 * The members of a list of data sets.
 * @param text `{...},{...}` without white space between tokens, and with `null` for an item that is empty
 */
export function* splitList(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.charCodeAt(at) === OPENING ? endOfObject(text, at) : at + 'null'.length;
    yield text.slice(at, end);
    at = end + 1;
  }
}

/** @returns the place after the brace that closes the one at `from` */
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

/** @returns the place of the quote that closes the one at `from` */
function endOfString(json: string, from: number): number {
  for (let at = json.indexOf('"', from + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return json.length;
}
