/** `npm run checks`: everything that is checked without a test, at the same time. */
import { startScript } from './support/npm-script.mjs';

const CHECKS = ['typecheck', 'lint', 'licences', 'audit', 'bundle'];

/**
 * @param {string} name of a script in package.json
 * @returns {Promise<boolean>} whether it passed; its output is shown when it has ended
 */
function check(name) {
  const begun = Date.now();
  return new Promise((resolve) => {
    const child = startScript(name, ['ignore', 'pipe', 'pipe']);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text;
      });
    }
    child.once('close', (code) => {
      console.log(`${code === 0 ? 'passed' : 'FAILED'}: ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
      if (output.trim() !== '') console.log(output.trim());
      resolve(code === 0);
    });
  });
}

const passed = await Promise.all(CHECKS.map(check));
if (passed.includes(false)) process.exitCode = 1;
