/**
 * Writes a rule for every file whose name contains a hash of its content: browsers may keep it for ever. The paths are
 * exact, without wildcards, because an unknown path is answered with index.html, which must not be kept under the name
 * of a script that no longer exists. Pages accepts at most 100 rules.
 * @param {string[]} files paths below the served root
 * @returns {string} lines for Pages' `_headers`
 */
export function immutableRules(files) {
  const hashed = files.filter((file) => /^(.+\.bundle\.)?[0-9a-f]{16}\.(js|wasm|woff2?|ttf)$/.test(file)).sort();
  if (hashed.length > 90) throw new Error(`${hashed.length} hashed files are more than _headers can name.`);
  return hashed.map((file) => `/${file}\n  Cache-Control: public, max-age=31536000, immutable\n`).join('');
}
