/** @param {string} text */
const ascii = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/**
 * What surrounds the Part 10 files in the body of a Store request: PS3.18 10.5, RFC 2046 5.1.1. It needs nothing of Node, so
 * that tests in workerd have it too.
 * @param {string} boundary
 */
export function storeBody(boundary) {
  const before = ascii(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
  const after = ascii('\r\n');
  const end = ascii(`--${boundary}--\r\n`);
  return {
    contentType: `multipart/related; type="application/dicom"; boundary="${boundary}"`,
    before,
    after,
    /** What follows the last file. */
    end,
    /** The whole body, to be joined. @param {readonly Uint8Array[]} files */
    pieces: (files) => [...files.flatMap((file) => [before, file, after]), end],
  };
}
