/** What became of a file. @typedef {{ file: string, result: string, reason: string }} Line */

/** The lines as a table for a spreadsheet (RFC 4180). @param {readonly Line[]} lines */
export function csvOf(lines) {
  // A text that begins so would be a formula.
  const field = (/** @type {string} */ text) => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
  const rows = lines.map(({ file, result, reason }) => [file, result, reason].map(field).join(','));
  return ['File,Result,Reason', ...rows].join('\r\n');
}
