import type { DicomJson } from '../json/json-model';
import { Progress, type Steps } from '../steps';
import {
  type ContentItem,
  contentSteps,
  ITEMS_OF_PIECE,
  kindInWords,
  referenceInWords,
  relationshipInWords,
} from './report-content';
import { reportHeader } from './report-header';
import { type LongTexts, NO_LONG_TEXTS } from './report-item-value';

/**
 * Spaces of indentation for each level of the tree. There is a maximum depth, beyond which lines would be mostly
 * spaces.
 */
const INDENT = 2;
const DEEPEST_INDENT = 40;

/**
 * An SR document or a Key Object Selection (PS3.3 A.35) as plain text: its header, then one line for each content item,
 * indented by its depth in the tree. It is made piece by piece, because a document may have any length.
 */
export function* reportTextSteps(dataSet: DicomJson, longTexts: LongTexts = NO_LONG_TEXTS): Steps<string> {
  const progress = new Progress(ITEMS_OF_PIECE);
  const { title, rows } = reportHeader(dataSet);
  const lines = rows.map(([label, text]) => `${label}: ${oneLine(text)}`);
  if (lines.length > 0) lines.push('');
  for (const { kind, item } of contentSteps(dataSet, longTexts)) {
    if (kind === 'open') lines.push(lineOf(item, title));
    if (progress.due()) yield;
  }
  return `${lines.join('\n')}\n`;
}

function lineOf(item: ContentItem, title: string): string {
  const { depth, valueType, relationshipType, name, value, byReference } = item;
  const relationship = relationshipInWords(relationshipType);
  const named = name === undefined ? (depth === 0 ? title : '') : oneLine(name.text);
  const parts = [
    value.text,
    ...item.references.map((reference) => referenceInWords(valueType, reference)),
    byReference === undefined ? '' : `item ${byReference}`,
  ].filter((part) => part !== '');
  const said = [named, parts.join(', ')].filter((part) => part !== '').join(': ') || kindInWords(valueType);
  const remarks = item.remarks.map((remark) => ` [${oneLine(remark)}]`).join('');
  const indent = ' '.repeat(INDENT * Math.min(depth, DEEPEST_INDENT));
  const line = `${relationship === '' ? '' : `(${oneLine(relationship)}) `}${said}${remarks}`;
  return indent + printable(line).replaceAll('\n', `\n${indent}${' '.repeat(INDENT)}`);
}

function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ');
}

/** Replaces control characters, since terminals would obey them. */
function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '\ufffd');
}
