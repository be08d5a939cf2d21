/** What the operating system refuses, by the codes of its errors. */
const WORDS = new Map([
  ['ENOSPC', 'The disk is full. Make room, or name another folder.'],
  ['EDQUOT', 'The quota of this user on the disk is used up. Make room, or name another folder.'],
  ['EFBIG', 'This file system takes no file of this size. Name another folder.'],
  ['EROFS', 'The disk is read-only. Name another folder.'],
  ['EIO', 'The disk cannot be read or written. It may be broken.'],
  ['EACCES', 'This user has no right to it.'],
  ['EPERM', 'This user has no right to it.'],
  ['ENOTDIR', 'It is in a file, where a folder should be.'],
  ['ENAMETOOLONG', 'The name is too long for this file system.'],
  ['EMFILE', 'Too many files are open.'],
]);

/**
 * What a command says of an error that ends it.
 * @param {unknown} error
 * @returns {string} in words, with the path for an error of the operating system; otherwise the error's own message
 */
export function inWords(error) {
  const { code, path, message } = Object(error);
  const words = WORDS.get(code);
  if (words === undefined) return String(message ?? error);
  return path === undefined ? words : `${path}: ${words}`;
}
