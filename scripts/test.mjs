/** `npm test`: the checks and the tests, at the same time. */
import { once } from 'node:events';
import { startScript } from './support/npm-script.mjs';

/** @param {string} name of a script in package.json @returns {Promise<boolean>} whether it passed */
async function passes(name) {
  const [code] = await once(startScript(name, 'inherit'), 'close');
  return code === 0;
}

const passed = await Promise.all(['checks', 'vitest'].map(passes));
if (passed.includes(false)) process.exitCode = 1;
