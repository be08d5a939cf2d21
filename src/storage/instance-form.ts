import type { InstanceLayout } from '../dicom/pixels/pixel-layout';

/*
 * The short forms in which rows of instances keep what nearly all instances of a hospital have in common. Rows of earlier
 * releases keep the same columns at length. Both forms are read; docs/decisions.md, "What a row costs", has the bytes.
 */

/** What the SOP Class UIDs of storage (PS3.4 B.5) and the transfer syntaxes of PS3.5 begin with. */
const SOP_CLASS = '1.2.840.10008.5.1.4.1.1.';
const TRANSFER_SYNTAX = '1.2.840.10008.1.2';

/** The character that is kept in place of such a beginning. A text that begins with this character itself has it twice. */
const MARK = '~';

/** SQL of the UID that a column keeps. */
function uidIn(column: string, beginning: string): string {
  return `CASE WHEN substr(${column}, 1, 1) <> '${MARK}' THEN ${column} WHEN substr(${column}, 2, 1) = '${MARK}' THEN substr(${column}, 2)
    ELSE '${beginning}' || substr(${column}, 2) END`;
}

/** SQL of what a column keeps of a UID. */
function shortUID(uid: string, beginning: string): string {
  const [length, after] = [beginning.length, `substr(${uid}, ${beginning.length + 1})`];
  return `CASE WHEN substr(${uid}, 1, ${length}) = '${beginning}' AND substr(${after}, 1, 1) <> '${MARK}' THEN '${MARK}' || ${after}
    WHEN substr(${uid}, 1, 1) = '${MARK}' THEN '${MARK}' || ${uid} ELSE ${uid} END`;
}

/** SQL of the UIDs of a row `instance`. */
export const SOP_CLASS_UID = uidIn('instance.sop_class_uid', SOP_CLASS);
export const TRANSFER_SYNTAX_UID = uidIn('instance.transfer_syntax_uid', TRANSFER_SYNTAX);

/** SQL of a digest in hexadecimal: rows keep its bytes. */
export function digestIn(column: string): string {
  return `iif(typeof(${column}) = 'blob', lower(hex(${column})), ${column})`;
}

/** SQL of the digest of a row `instance`, hexadecimal. */
export const DIGEST = digestIn('instance.digest');

/**
 * SQL of the InstanceLayout of a row `instance`, as JSON. The short form is a JSON array of numbers. For a single native frame they
 * are its offset, its length and, once it is known, the length of its copy; for a single encapsulated frame its offset, span and
 * length, and 0.
 */
export const LAYOUT = `CASE WHEN substr(instance.layout, 1, 1) <> '[' THEN instance.layout
  WHEN json_array_length(instance.layout) = 4 THEN json_object('object', 'dcm', 'pixels', json_object(
    'kind', 'encapsulated', 'frames', 1, 'only', json_object(
      'offset', instance.layout ->> 0, 'span', instance.layout ->> 1, 'length', instance.layout ->> 2)))
  ELSE json_patch(json_object('object', 'dcm', 'pixels', json_object(
    'kind', 'native', 'offset', instance.layout ->> 0, 'length', instance.layout ->> 1, 'frames', 1,
    'bitsPerFrame', 8 * (instance.layout ->> 1), 'word', 1)), json_object('copyLength', instance.layout ->> 2)) END`;

/** The layout that a row keeps. */
export function layoutOf(kept: string): InstanceLayout {
  const layout: InstanceLayout | readonly number[] = JSON.parse(kept);
  if (!isShort(layout)) return layout;
  const [offset = 0, second = 0, third, isEncapsulated] = layout;
  if (isEncapsulated !== undefined) {
    const only = { offset, span: second, length: third ?? 0 };
    return { object: 'dcm', pixels: { kind: 'encapsulated', frames: 1, only } };
  }
  const pixels = { kind: 'native', offset, length: second, frames: 1, bitsPerFrame: 8 * second, word: 1 } as const;
  return { object: 'dcm', pixels, ...(third !== undefined && { copyLength: third }) };
}

function isShort(layout: InstanceLayout | readonly number[]): layout is readonly number[] {
  return Array.isArray(layout);
}

/** SQL of the short form of a layout. Without a subquery, which would count as a row read for each instance. */
function shortLayout(json: string): string {
  const at = (path: string) => `${json} ->> '$.${path}'`;
  const has = (path: string, names: readonly string[]) =>
    `json_remove(${json} -> '$.${path}', ${names.map((name) => `'$.${name}'`).join(', ')}) = '{}'`;
  const native = `${at('pixels.kind')} = 'native' AND ${at('pixels.frames')} = 1 AND ${at('pixels.word')} = 1
    AND ${at('pixels.bitsPerFrame')} = 8 * (${at('pixels.length')})
    AND ${has('pixels', ['kind', 'offset', 'length', 'frames', 'bitsPerFrame', 'word'])}`;
  const encapsulated = `${at('pixels.kind')} = 'encapsulated' AND ${at('pixels.frames')} = 1 AND ${at('copyLength')} IS NULL
    AND ${has('pixels', ['kind', 'frames', 'only'])} AND ${has('pixels.only', ['offset', 'span', 'length'])}`;
  return `CASE
    WHEN ${at('object')} <> 'dcm' OR json_remove(${json}, '$.object', '$.pixels', '$.copyLength') <> '{}' THEN ${json}
    WHEN ${native} THEN iif(${at('copyLength')} IS NULL, json_array(${at('pixels.offset')}, ${at('pixels.length')}),
      json_array(${at('pixels.offset')}, ${at('pixels.length')}, ${at('copyLength')}))
    WHEN ${encapsulated} THEN json_array(
      ${at('pixels.only.offset')}, ${at('pixels.only.span')}, ${at('pixels.only.length')}, 0)
    ELSE ${json} END`;
}

/** The columns in their short forms. `value`: SQL of the text. */
const SHORT: Readonly<Record<string, (value: string) => string>> = {
  sop_class_uid: (value) => shortUID(value, SOP_CLASS),
  transfer_syntax_uid: (value) => shortUID(value, TRANSFER_SYNTAX),
  digest: (value) => `iif(length(${value}) = 64 AND ${value} NOT GLOB '*[^0-9a-f]*', unhex(${value}), ${value})`,
  layout: (value) => shortLayout(`(${value})`),
};

/** SQL of what a column of an instance keeps. @param value SQL of the value at length */
export function shortForm(column: string, value: string): string {
  return SHORT[column]?.(value) ?? value;
}
