import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * The runtime that wrangler itself contains, so that there is only one. Its options are those of version 4, which
 * wrangler writes.
 */
export const { Miniflare, Log, LogLevel, convertV4MiniflareOptions } = createRequire(import.meta.resolve('wrangler'))(
  'miniflare',
);

/**
 * The modules of a bundle that `wrangler deploy --dry-run --outdir` made.
 * @param {string} folder
 */
export function modulesIn(folder) {
  const files = readdirSync(folder).filter((name) => /\.(m?js|wasm|bin|txt)$/.test(name));
  // The entry comes first: it is the only script, whatever its name is.
  const scripts = files.filter((name) => /\.m?js$/.test(name));
  return [...scripts, ...files.filter((name) => !scripts.includes(name))].map((name) => moduleAt(folder, name));
}

/**
 * @param {string} folder
 * @param {string} name
 */
export function moduleAt(folder, name) {
  return { type: typeOf(name), path: name, contents: readFileSync(join(folder, name)) };
}

/** @param {string} name */
function typeOf(name) {
  if (/\.m?js$/.test(name)) return 'ESModule';
  if (name.endsWith('.wasm')) return 'CompiledWasm';
  return name.endsWith('.txt') ? 'Text' : 'Data';
}
