import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { bundle } from '../support/bundle.mjs';
import { ROOT } from '../support/paths.mjs';

/** The part of the archive that judges settings. */
const SOURCE = "export { parseConfig } from './src/config.ts';";

/**
 * Judges the settings of this start by the archive's own code, before anything is built or started, so that a wrong one is told at
 * once. Settings of single archives are judged when the archive starts.
 * @param {Record<string, string>} vars
 * @throws the archive's own error, which names the setting
 */
export async function checkSettings(vars) {
  const { text } = await bundle('settings', {
    stdin: { contents: SOURCE, resolveDir: ROOT },
    format: 'esm',
    platform: 'neutral',
    // The codecs are not needed, and may not have been made yet.
    loader: { '.wasm': 'empty' },
    logLevel: 'silent',
  });
  const { parseConfig } = await import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
  const file = /** @type {{ vars?: Record<string, unknown> }} */ (
    parse(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'))
  );
  parseConfig({ ...file.vars, ALLOW_ANONYMOUS: 'true', ...vars });
}
