import { createHash } from 'node:crypto';

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

/**
 * The scripts inside a page, as sources of a Content-Security-Policy (CSP 3, 2.3.1): they may run, and no other inline script.
 * @param {string} html
 */
export function inlineScriptSources(html) {
  const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script]) => script ?? '');
  const digest = (/** @type {string} */ script) => createHash('sha256').update(script).digest('base64');
  return scripts.map((script) => `'sha256-${digest(script)}'`).join(' ');
}
