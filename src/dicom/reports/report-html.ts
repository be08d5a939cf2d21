import type { DicomJson } from '../json/json-model';
import { Progress, type Steps } from '../steps';
import {
  type ContentItem,
  contentSteps,
  ITEMS_OF_PIECE,
  kindInWords,
  type ReportReference,
  referenceInWords,
  relationshipInWords,
} from './report-content';
import { reportHeader, reportLanguage } from './report-header';
import { type LongTexts, NO_LONG_TEXTS } from './report-item-value';
import type { ReadableValue } from './report-values';

/**
 * An SR document or a Key Object Selection (PS3.3 A.35) as an HTML page: UTF-8, self-contained, without scripts, and
 * suitable for printing. Every content item is included, in the order of the tree. All values are escaped, so nothing
 * in the data set becomes markup.
 * It is made piece by piece, because a document may have any length.
 * @param references returns the URI of an instance to which the report refers; when undefined, the instance is named
 * without a link
 */
export function* reportHTMLSteps(
  dataSet: DicomJson,
  references: (reference: ReportReference) => string | undefined,
  longTexts: LongTexts = NO_LONG_TEXTS,
): Steps<string> {
  const progress = new Progress(ITEMS_OF_PIECE);
  const { title, rows } = reportHeader(dataSet);
  const language = reportLanguage(dataSet);
  const html = [
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
    `<title>${escaped(title)}</title>\n<style>\n${STYLE}</style>\n</head>\n<body>\n<header>\n<table>\n`,
    ...rows.map(([label, text]) => `<tr><th scope="row">${label}</th><td>${escaped(text)}</td></tr>\n`),
    // A report need not declare the language of its text.
    `</table>\n</header>\n<main lang="${escaped(language ?? '')}">\n`,
  ];
  for (const { kind, item } of contentSteps(dataSet, longTexts)) {
    html.push(kind === 'open' ? opened(item, title, references) : closed(item));
    if (progress.due()) yield;
  }
  html.push('</main>\n</body>\n</html>\n');
  return html.join('');
}

function opened(
  item: ContentItem,
  title: string,
  references: (reference: ReportReference) => string | undefined,
): string {
  const { place, depth, valueType, relationshipType, name, byReference } = item;
  const relationship = relationshipInWords(relationshipType);
  const label = relationship === '' ? '' : `<span class="relationship" lang="en">${escaped(relationship)}</span> `;
  const remarks = item.remarks.map((remark) => ` <small lang="en">${escaped(remark)}</small>`).join('');
  if (isSection(item)) {
    const level = Math.min(depth + 1, DEEPEST_HEADING);
    const heading = name === undefined ? (depth === 0 ? escaped(title) : '') : readable(name);
    const shown =
      heading === '' && label === '' && remarks === '' ? '' : `<h${level}>${label}${heading}${remarks}</h${level}>\n`;
    return `<section id="item-${place}">\n${shown}`;
  }
  const links = item.references.map((reference) => referenced(valueType, reference, references));
  const own =
    byReference === undefined
      ? []
      : [`<a href="#item-${escaped(byReference)}" lang="en">item ${escaped(byReference)}</a>`];
  const value = item.value.text === '' ? [] : [`<span class="value">${readable(item.value)}</span>`];
  const parts = [...value, ...links, ...own];
  const named = name === undefined ? '' : `<b>${readable(name)}</b>${parts.length === 0 ? '' : ': '}`;
  const kind = named === '' && parts.length === 0 ? escaped(kindInWords(valueType)) : '';
  return `<div class="item" id="item-${place}">${label}${named}${parts.join(', ')}${kind}${remarks}\n`;
}

const DEEPEST_HEADING = 6;

/** Whether the item is a section with a heading: containers are; an item that refers to another is a line. */
function isSection({ valueType, depth, byReference }: ContentItem): boolean {
  return depth === 0 || (valueType === 'CONTAINER' && byReference === undefined);
}

function closed(item: ContentItem): string {
  return isSection(item) ? '</section>\n' : '</div>\n';
}

function readable({ text, code }: ReadableValue): string {
  return code === undefined || code === text
    ? escaped(text)
    : `<span title="${escaped(`(${code})`)}">${escaped(text)}</span>`;
}

function referenced(
  valueType: string,
  reference: ReportReference,
  references: (reference: ReportReference) => string | undefined,
): string {
  const uri = references(reference);
  const words = escaped(referenceInWords(valueType, reference));
  return uri === undefined ? `<span lang="en">${words}</span>` : `<a href="${escaped(uri)}" lang="en">${words}</a>`;
}

const MARKUP: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Escapes text for content and quoted attributes; characters that HTML cannot contain become U+FFFD. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => MARKUP[character]!)
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\p{Surrogate}|\p{Noncharacter_Code_Point}/gu, '\ufffd');
}

const STYLE = `body { font: 16px/1.5 system-ui, sans-serif; color: #111; background: #fff; max-width: 52rem; margin: 0 auto; padding: 1rem; }
header { border-bottom: 1px solid #888; padding-bottom: .5rem; }
th { text-align: left; font-weight: 600; padding-right: 1rem; vertical-align: top; white-space: nowrap; }
h1, h2, h3, h4, h5, h6 { margin: 1rem 0 .25rem; line-height: 1.25; break-after: avoid; }
h4, h5, h6 { font-size: 1rem; }
section section { margin-left: .75rem; }
.item .item, .item section { margin-left: 1.25rem; }
.value { white-space: pre-wrap; overflow-wrap: anywhere; }
.relationship, small { color: #555; font-size: .85rem; font-weight: 400; }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } a { color: inherit; } .item { break-inside: avoid-page; } }
`;
