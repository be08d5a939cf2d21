/**
 * The result of a read of the file system; `otherwise` when there is no such file or folder. Other errors are not hidden: a folder
 * that cannot be read must not count as an empty one.
 * @template Result, Otherwise
 * @param {Promise<Result>} read
 * @param {Otherwise} otherwise
 * @returns {Promise<Result | Otherwise>}
 */
export async function unlessMissing(read, otherwise) {
  try {
    return await read;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) return otherwise;
    throw error;
  }
}
