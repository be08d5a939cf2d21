/**
 * `npm run licences`: checks that every package in the Worker has a licence that allows this, and also every package
 * that is needed to build and test. Reads package-lock.json, so nothing is fetched.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/paths.mjs';

const PERMISSIVE = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Zlib', 'CC0-1.0']);

/** Allowed for tools that are run but not distributed. */
const TOOLS = new Set([...PERMISSIVE, 'MPL-2.0', 'LGPL-3.0-or-later', 'Python-2.0', 'BlueOak-1.0.0', 'CC-BY-4.0']);

/** Packages whose licence is in their Readme.md and not in their package.json. */
const IN_README = new Map([['combine-errors', 'MIT']]);

/** @type {{ packages: Record<string, { license?: string, dev?: boolean, optional?: boolean }> }} */
const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
const faults = Object.entries(packages).flatMap(([path, { license, dev, optional }]) => {
  // The lock file has no licence for packages of other systems that were never fetched.
  if (path === '' || (dev && optional && license === undefined)) return [];
  const allowed = dev ? TOOLS : PERMISSIVE;
  const name = path.replace(/^.*node_modules\//, '');
  const stated = license ?? IN_README.get(name);
  return isAllowed(stated ?? '', allowed) ? [] : [`${name}: ${stated ?? 'none'}`];
});
if (faults.length > 0) {
  console.error(`Licences that need a decision:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
  process.exitCode = 1;
} else {
  console.log(`licences of ${Object.keys(packages).length - 1} packages are allowed`);
}

/**
 * Checks an SPDX expression of one level: one licence of an OR, or all of an AND, must be allowed.
 * @param {string} expression
 * @param {Set<string>} allowed
 */
function isAllowed(expression, allowed) {
  const terms = expression.replace(/[()]/g, '');
  if (terms.includes(' OR ')) return terms.split(' OR ').some((term) => allowed.has(term.trim()));
  return terms.split(' AND ').every((term) => allowed.has(term.trim()));
}
