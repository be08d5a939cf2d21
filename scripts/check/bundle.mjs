/** Builds the Worker as it is deployed, and checks that it is small enough to start fast. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { wranglerEnvironment } from '../start/environment.mjs';
import { ROOT } from '../support/paths.mjs';
import { runWrangler } from '../support/wrangler.mjs';

/** Bytes after gzip. The platform accepts ten times as much, but a larger bundle takes longer to start. */
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
    console.error(`The limit is ${LIMIT / 1024} KiB.`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
