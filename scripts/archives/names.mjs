/** Names that can be part of a URL, of a binding's name and of a bucket's name; src/deployment.ts has the first two rules. */
const NAME = /^[a-z]([a-z0-9-]{0,29}[a-z0-9])?$/;

/** @param {string} name of an archive beside the deployment's own @returns {string} the same */
export function checkedName(name) {
  if (!NAME.test(name) || name === 'default') {
    throw new Error(
      `"${name}" cannot be the name of an archive. It has up to 31 lower-case letters, digits and hyphens, begins with a letter, does not end with a hyphen, and is not "default".`,
    );
  }
  return name;
}

/**
 * The name of a binding of an archive, as src/deployment.ts reads it.
 * @param {'DB' | `DB${number}` | 'BUCKET'} kind
 * @param {string} archive
 */
export function bindingOf(kind, archive) {
  return archive === 'default' ? kind : `${kind}_${archive.toUpperCase().replaceAll('-', '_')}`;
}
