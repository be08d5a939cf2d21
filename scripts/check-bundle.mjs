/** Builds the Worker as it is deployed and holds it to a size that starts fast. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { wranglerEnvironment } from './start/environment.mjs';
import { ROOT } from './support/paths.mjs';
import { runWrangler } from './support/wrangler.mjs';

/** Bytes after gzip. The platform takes ten times as much; start-up time is what a larger one costs. */
const LIMIT = 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
try {
  await runWrangler(['deploy', '--dry-run', '--outdir', join(folder, 'out')], {
    cwd: ROOT,
    env: wranglerEnvironment(folder),
  });
  const files = readdirSync(join(folder, 'out')).filter((name) => !/\.(map|md)$/.test(name));
  const size = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, 'out', name))).length, 0);
  console.log(`The Worker's bundle: ${files.join(', ')}, ${(size / 1024).toFixed(0)} KiB gzipped.`);
  if (files.length === 0 || size > LIMIT) {
    console.error(`It may have ${LIMIT / 1024} KiB at most.`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
