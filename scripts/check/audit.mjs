/**
 * `npm run audit`: fails when a package that becomes part of the Worker has a known vulnerability of high severity. If
 * the registry offers no advisories, the check reports that it was not made, and does not fail.
 */
import { spawnSync } from 'node:child_process';
import { ROOT } from '../support/paths.mjs';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  cwd: ROOT,
  encoding: 'utf8',
  shell: process.platform === 'win32',
});
const report = parse(stdout);
if (report?.metadata === undefined) {
  console.log('audit: not made, the registry gave no advisories');
} else {
  const { high, critical, total } = report.metadata.vulnerabilities;
  console.log(`audit: ${total} known vulnerabilities, ${high + critical} of them high or critical`);
  if (high + critical > 0) {
    for (const [name, { severity }] of Object.entries(report.vulnerabilities)) console.error(`- ${name}: ${severity}`);
    process.exitCode = 1;
  }
}

/**
 * @param {string} text
 * @returns {{ metadata?: { vulnerabilities: Record<'high' | 'critical' | 'total', number> }, vulnerabilities: Record<string, { severity: string }> } | undefined}
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
