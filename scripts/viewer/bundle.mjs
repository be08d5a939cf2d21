import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../support/bundle.mjs';
import { ROOT } from '../support/paths.mjs';

/**
 * Our own scripts that import other files or libraries: the path at which each is served, and its source.
 * @type {Record<string, { entry: string, format: 'esm' | 'iife' }>}
 */
export const BUNDLES = {
  'upload.js': { entry: 'viewer/upload/page.mjs', format: 'esm' },
  // A classic script: it comes before the settings that use it.
  'archive-viewer.js': { entry: 'viewer/archive-viewer.js', format: 'iife' },
};

/**
 * Makes one file of each of our scripts, with the licences of the libraries in it.
 * @returns {Promise<Map<string, string>>} by the paths at which they are served
 */
export async function bundleScripts() {
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const [path, { entry, format }] of Object.entries(BUNDLES)) {
    const { text, inputs } = await bundle(path, {
      entryPoints: [entry],
      minify: true,
      format,
      platform: 'browser',
      target: 'es2023',
      legalComments: 'none',
      logLevel: 'warning',
    });
    const licences = [...new Set(inputs.flatMap(packageOf))].sort().map(licenceOf);
    const note = licences.length === 0 ? '' : `/*!\n${licences.join('\n\n')}\n*/\n`;
    files.set(path, note + text);
  }
  return files;
}

/** @param {string} input @returns {string[]} the name of its package; none for our own */
function packageOf(input) {
  const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
  return name === undefined ? [] : [name];
}

/** The text of a package's licence: it has to go with every copy. @param {string} name */
function licenceOf(name) {
  const folder = join(ROOT, 'node_modules', name);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const file of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license']) {
    try {
      return `${name} ${version}\n${readFileSync(join(folder, file), 'utf8').trim().replaceAll('*/', '* /')}`;
    } catch {
      // The next name.
    }
  }
  throw new Error(`${name} has no file with its licence.`);
}
