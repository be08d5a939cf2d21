import { tagOfKeywordInAnyCase } from '../../dicom/dictionary/dictionary';

/**
 * An attribute as a query names it: keywords or tags of eight hexadecimal digits, joined by dots from a sequence to what
 * is inside (PS3.18 8.3.4.1). Keywords count in any case.
 * @returns tags in upper case joined by dots; undefined when a part is neither a tag nor a keyword of PS3.6
 */
export function attributePath(name: string): string | undefined {
  const tags = name.split('.').map((part) => {
    return /^[0-9A-Fa-f]{8}$/.test(part) ? part.toUpperCase() : tagOfKeywordInAnyCase(part);
  });
  return tags.includes(undefined) ? undefined : tags.join('.');
}

/**
 * Whether a name that is no attribute was meant for one: keywords begin with a capital letter, tags are digits, and only
 * attributes have dots. Other names are parameters of somebody else.
 */
export function looksLikeAttribute(name: string): boolean {
  return /^[A-Z]|^[0-9A-Fa-f]{8}$|\./.test(name);
}

/** The attribute itself, or the sequence that holds it. */
export function topOf(path: string): string {
  return path.slice(0, 8);
}
