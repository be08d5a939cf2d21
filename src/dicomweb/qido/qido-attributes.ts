import { tagOfKeywordInAnyCase } from '../../dicom/dictionary/dictionary';

/**
 * Reads an attribute as a query names it: keywords or tags of eight hexadecimal digits, joined by dots from a sequence
 * to the attribute inside it (PS3.18 8.3.4.1). Keywords are not case-sensitive.
 * @returns tags in upper case joined by dots; undefined when a part is neither a tag nor a keyword of PS3.6
 */
export function attributePath(name: string): string | undefined {
  const tags = name.split('.').map((part) => {
    return /^[0-9A-Fa-f]{8}$/.test(part) ? part.toUpperCase() : tagOfKeywordInAnyCase(part);
  });
  return tags.includes(undefined) ? undefined : tags.join('.');
}

/**
 * Whether a name that is not a known attribute looks like one: keywords begin with a capital letter, tags consist of
 * digits, whether they are separated or not, and only attributes contain dots. Other names are parameters that do not concern
 * the archive.
 */
export function looksLikeAttribute(name: string): boolean {
  return /^[A-Z]|^\(?[0-9A-Fa-f]{4}[,:\s]*[0-9A-Fa-f]{4}\)?$|\./.test(name);
}

/** The attribute itself, or the outermost sequence that contains it. */
export function topOf(path: string): string {
  return path.slice(0, 8);
}
