import { SaxesParser } from 'saxes';
import { DicomError } from '../errors';
import { readDicomJsonSteps } from '../json/dicom-json-reader';
import type { DicomJson } from '../json/json-model';
import { finished, type Steps } from '../steps';
import { NativeModelBuilder } from './native-model-builder';

/** The maximum length of a document; UTF-16 code units. Metadata is never this long in practice. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** The length of the pieces in which a document is read: some milliseconds of work each; UTF-16 code units. */
const PIECE = 32 * 1024;

/** The most attributes of an element; the model has five. The parser looks for one that is given twice among all, at once. */
const MAX_ATTRIBUTES = 100;

/** Element names are compared without their prefix, and positions are not needed. */
const PARSER_OPTIONS = { xmlns: false, position: false } as const;

/**
 * Reads the data set of a Native DICOM Model document (PS3.19 A.1). Numbers of binary VRs become numbers; those of DS
 * and IS stay text and so keep their digits (PS3.18 F.2.3).
 *
 * The URI or the UUID of a BulkData element is kept as written. A VR that is absent is taken from the dictionary.
 * Private elements get the block of their creator, or a free block together with the element that reserves it.
 *
 * @throws DicomError `malformed`, naming the attribute if there is one, for text that is not such a document or that
 * declares a document type; `too-large` when the document is too long or sequences nest too deep
 */
export function readDicomXml(text: string, maxCharacters = MAX_CHARACTERS): DicomJson {
  return finished(readDicomXmlSteps(text, maxCharacters));
}

/** Reads a document like `readDicomXml`, piece by piece: a client's document may have any length. */
export function* readDicomXmlSteps(text: string, maxCharacters = MAX_CHARACTERS): Steps<DicomJson> {
  if (text.length > maxCharacters) throw new DicomError('too-large', 'the document is too long');
  const builder = new NativeModelBuilder();
  const parser = new SaxesParser(PARSER_OPTIONS);
  parser.on('error', () => {
    throw new DicomError('malformed', 'the document is not XML', builder.tag);
  });
  parser.on('doctype', () => {
    // A document type can define entities, which can expand without limit or refer to other resources.
    throw new DicomError('malformed', 'the document declares a document type');
  });
  let attributesOfTag = 0;
  parser.on('opentagstart', () => {
    attributesOfTag = 0;
  });
  parser.on('attribute', () => {
    attributesOfTag += 1;
    if (attributesOfTag > MAX_ATTRIBUTES)
      throw new DicomError('malformed', 'an element has too many attributes', builder.tag);
  });
  parser.on('opentag', ({ name, attributes }) => builder.open(localName(name), attributes));
  parser.on('closetag', () => builder.close());
  parser.on('text', (content) => builder.text(content));
  parser.on('cdata', (content) => builder.text(content));
  for (let at = 0; at < text.length; at += PIECE) {
    parser.write(text.slice(at, at + PIECE));
    yield;
  }
  parser.close();
  return yield* readDicomJsonSteps(builder.dataSet());
}

/** The name without the prefix of its namespace, if it has one. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
