import { SaxesParser } from 'saxes';
import { DicomError } from '../errors';
import { readDicomJson } from '../json/dicom-json-reader';
import type { DicomJson } from '../json/json-model';
import { NativeModelBuilder } from './native-model-builder';

/** A document that says more would hardly be metadata; UTF-16 code units. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** Names are compared without their prefix; positions would only cost time. */
const PARSER_OPTIONS = { xmlns: false, position: false } as const;

/**
 * The data set of a document of the Native DICOM Model (PS3.19 A.1). Numbers of binary VRs become numbers; those of DS
 * and IS stay text, and so keep their digits (PS3.18 F.2.3).
 *
 * A BulkData's URI is kept as it is written, and so is a UUID in its place. A VR that is absent is taken from the
 * dictionary. Private elements get the block of their creator, or a free one and the element that reserves it.
 *
 * @throws DicomError `malformed`, naming the attribute as far as there is one, for what is no such document or declares
 * a document type; `too-large` when it is too long or sequences nest too deep
 */
export function readDicomXml(text: string, maxCharacters = MAX_CHARACTERS): DicomJson {
  if (text.length > maxCharacters) throw new DicomError('too-large', 'the document is too long');
  const builder = new NativeModelBuilder();
  const parser = new SaxesParser(PARSER_OPTIONS);
  parser.on('error', () => {
    throw new DicomError('malformed', 'the document is no XML', builder.tag);
  });
  parser.on('doctype', () => {
    // With it would come entities, which can grow without bound or lead elsewhere.
    throw new DicomError('malformed', 'the document declares a document type');
  });
  parser.on('opentag', ({ name, attributes }) => builder.open(localName(name), attributes));
  parser.on('closetag', () => builder.close());
  parser.on('text', (content) => builder.text(content));
  parser.on('cdata', (content) => builder.text(content));
  parser.write(text).close();
  return readDicomJson(builder.dataSet())[0]!;
}

/** Whatever prefix stands for the namespace, or none. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
