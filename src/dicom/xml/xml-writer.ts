import { keywordOfTag } from '../dictionary/dictionary';
import { creatorTagOf } from '../dictionary/private-blocks';
import type { DicomJson, DicomJsonAttribute, DicomJsonValue, PersonName } from '../json/json-model';

/** PS3.19 A.1.6. */
const NATIVE_MODEL_NAMESPACE = 'http://dicom.nema.org/PS3.19/models/NativeDICOM';

/** PS3.5 6.2.1.1: the components of a group, with the names of PS3.19 table 10.2-1. */
export const NAME_COMPONENTS = ['FamilyName', 'GivenName', 'MiddleName', 'NamePrefix', 'NameSuffix'] as const;

/** PS3.5 6.2.1.2: the component groups of a name, as PS3.19 A.1.5 names their elements. */
export const NAME_GROUPS = ['Alphabetic', 'Ideographic', 'Phonetic'] as const;

/** The text of a document before and after the attributes. */
export const DOCUMENT_START = `<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xmlns="${NATIVE_MODEL_NAMESPACE}" xml:space="preserve">`;
export const DOCUMENT_END = '</NativeDicomModel>';

/**
 * A data set as a document of the Native DICOM Model (PS3.19 A.1, PS3.18 F.1 and 10.4). Attributes ascend, private
 * attributes are written as gggg00ee with their creator's name, and characters that XML 1.0 cannot contain become
 * U+FFFD.
 */
export function dicomXml(dataSet: DicomJson): string {
  return `${DOCUMENT_START}${dataSetXml(dataSet)}${DOCUMENT_END}`;
}

/** The attributes of a data set: the contents of a document or an item. */
export function dataSetXml(dataSet: DicomJson): string {
  const parts: string[] = [];
  writeDataSet(parts, dataSet);
  return parts.join('');
}

/** Whether a tag is a group length, which is not part of the model. */
export function isGroupLength(tag: string): boolean {
  return tag.endsWith('0000');
}

function writeDataSet(parts: string[], dataSet: DicomJson): void {
  for (const tag of Object.keys(dataSet).sort()) {
    if (!isGroupLength(tag)) writeAttribute(parts, dataSet, tag, dataSet[tag]!);
  }
}

/** One attribute as XML. @param dataSet contains the attribute; only its private creators are used */
export function attributeXml(dataSet: DicomJson, tag: string, attribute: DicomJsonAttribute): string {
  const parts: string[] = [];
  writeAttribute(parts, dataSet, tag, attribute);
  return parts.join('');
}

function writeAttribute(parts: string[], dataSet: DicomJson, tag: string, attribute: DicomJsonAttribute): void {
  const { vr, Value = [], BulkDataURI, InlineBinary } = attribute;
  parts.push(`<DicomAttribute${naming(dataSet, tag)} vr="${escapeXml(vr)}">`);
  if (BulkDataURI !== undefined) parts.push(`<BulkData uri="${escapeXml(BulkDataURI)}"/>`);
  else if (InlineBinary !== undefined) parts.push(`<InlineBinary>${escapeXml(InlineBinary)}</InlineBinary>`);
  else for (const [index, value] of Value.entries()) writeValue(parts, vr, value, index + 1);
  parts.push('</DicomAttribute>');
}

/**
 * The XML attributes tag and keyword, or tag and creator. A private element without its creator keeps the number of its
 * block.
 * @param dataSet contains the attribute; only its private creators are used
 */
export function naming(dataSet: DicomJson, tag: string): string {
  const creatorTag = creatorTagOf(tag);
  const creator = creatorTag === undefined ? undefined : dataSet[creatorTag]?.Value?.[0];
  if (typeof creator === 'string' && creator !== '') {
    return ` tag="${tag.slice(0, 4)}00${tag.slice(6)}" privateCreator="${escapeXml(creator)}"`;
  }
  const keyword = keywordOfTag(tag);
  return keyword === undefined ? ` tag="${tag}"` : ` tag="${tag}" keyword="${keyword}"`;
}

function writeValue(parts: string[], vr: string, value: DicomJsonValue | null, number: number): void {
  if (vr === 'SQ') {
    parts.push(`<Item number="${number}">`);
    writeDataSet(parts, (value ?? {}) as DicomJson);
    parts.push('</Item>');
  } else if (vr === 'PN') {
    parts.push(`<PersonName number="${number}">`);
    const name = typeof value === 'string' ? { Alphabetic: value } : ((value ?? {}) as PersonName);
    for (const group of NAME_GROUPS) writeGroup(parts, group, name[group]);
    parts.push('</PersonName>');
  } else {
    parts.push(`<Value number="${number}">${escapeXml(textOf(value))}</Value>`);
  }
}

function textOf(value: DicomJsonValue | null): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  return typeof value === 'string' ? value : '';
}

/**
 * Writes a component group. Empty components are left out, except the last one, which shows the number of components.
 */
function writeGroup(parts: string[], group: string, text: string | undefined): void {
  if (text === undefined || text === '') return;
  parts.push(`<${group}>`);
  const components = text.split('^');
  // Components after the fifth have no names of their own; they are joined to the fifth.
  const named = [...components.slice(0, 4), ...(components.length > 4 ? [components.slice(4).join('^')] : [])];
  for (const [index, component] of named.entries()) {
    if (component === '' && index < named.length - 1) continue;
    const name = NAME_COMPONENTS[index]!;
    parts.push(`<${name}>${escapeXml(component)}</${name}>`);
  }
  parts.push(`</${group}>`);
}

const MARKUP: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // Unescaped, these would be read as line feeds or, in XML attributes, as spaces.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Escapes text for content and XML attributes. */
export function escapeXml(text: string): string {
  return text
    .replace(/[&<>"\t\n\r]/g, (character) => MARKUP[character]!)
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');
}
