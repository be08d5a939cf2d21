/**
 * A number with its noun.
 * @param {number} count
 * @param {string} one the noun in the singular
 * @param {string} [many] the plural, where it is not the singular with an s
 * @returns {string} "1 study", "2 studies"
 */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

/** @param {number} count @returns {string} "1 study" */
export function studies(count) {
  return counted(count, 'study', 'studies');
}
