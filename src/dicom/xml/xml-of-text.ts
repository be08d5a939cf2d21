import { isPrivateCreator } from '../dictionary/private-blocks';
import type { DicomJson } from '../json/json-model';
import { splitAttributes, splitItems } from '../json/json-text';
import { attributeXml, DOCUMENT_END, DOCUMENT_START, dataSetXml, isGroupLength, naming } from './xml-writer';

/** Text up to this length is parsed at once; characters. Parsed values take several times the memory of their text. */
const AT_ONCE = 64 * 1024;

/**
 * Writes a data set, given as JSON text, as dicomXml does, one piece at a time. Even for a data set of a hundred
 * thousand items, only its text is in memory.
 * @param json a data set as JSON (PS3.18 F.2)
 */
export function* dicomXmlOfText(json: string): Generator<string> {
  yield DOCUMENT_START;
  yield* dataSetOfText(json);
  yield DOCUMENT_END;
}

function* dataSetOfText(json: string): Generator<string> {
  const texts = json.length > AT_ONCE ? splitAttributes(json) : undefined;
  if (texts === undefined) {
    yield dataSetXml((JSON.parse(json) ?? {}) as DicomJson);
    return;
  }
  const creators: DicomJson = {};
  for (const [tag, text] of texts) if (isPrivateCreator(tag)) creators[tag] = JSON.parse(text);
  for (const tag of [...texts.keys()].sort()) {
    if (isGroupLength(tag)) continue;
    const text = texts.get(tag)!;
    const items = text.length > AT_ONCE ? splitItems(text) : undefined;
    if (items === undefined) yield attributeXml(creators, tag, JSON.parse(text));
    else yield* sequenceOfText(naming(creators, tag), items);
  }
}

function* sequenceOfText(name: string, items: Iterable<string>): Generator<string> {
  yield `<DicomAttribute${name} vr="SQ">`;
  let number = 0;
  for (const item of items) {
    number += 1;
    yield `<Item number="${number}">`;
    yield* dataSetOfText(item);
    yield '</Item>';
  }
  yield '</DicomAttribute>';
}
