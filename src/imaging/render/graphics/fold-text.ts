/** Converts text to printable ASCII: accents are removed, and each remaining character outside ASCII becomes a question mark. */
export function foldToAscii(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/\s/g, ' ')
    .replace(/[^\x20-\x7e]/gu, '?');
}
