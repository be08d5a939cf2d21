/**
 * Bytes that can be read anywhere: a file of the browser, or a file of Node (scripts/upload/files.mjs).
 * @typedef {object} Source
 * @property {number} size in bytes
 * @property {(start: number, end: number) => Promise<Uint8Array>} read the bytes from start to before end, or to the end of the source
 */

/**
 * @param {Blob} blob
 * @returns {Source}
 */
export function blobSource(blob) {
  return {
    size: blob.size,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}
