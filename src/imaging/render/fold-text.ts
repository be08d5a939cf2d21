/** Text in printable ASCII: letters lose their accents, what then remains beyond ASCII becomes a question mark. */
export function foldToAscii(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/\s/g, ' ')
    .replace(/[^\x20-\x7e]/gu, '?');
}
