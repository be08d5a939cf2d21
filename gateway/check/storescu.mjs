import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileMeta } from '../src/dicom/file-meta.mjs';

/** Files of one association. */
const FILES = 50;

/**
 * Sends by DCMTK's storescu instead of by our own SCU. It stops at the first failure, and is then run again with the rest.
 * @param {string} folder for the files
 * @returns {import('./kills.mjs').SendAll}
 */
export function sendByStorescu(folder) {
  return async ({ port, callingAETitle }, list, onAcknowledged) => {
    const own = join(folder, callingAETitle);
    mkdirSync(own);
    const files = list.map(({ data, ...uids }, index) => {
      const path = join(own, `${index}.dcm`);
      writeFileSync(path, Buffer.concat([fileMeta({ ...uids, sourceAETitle: callingAETitle }), data]));
      return path;
    });
    for (let at = 0; at < files.length; ) {
      const options = ['-v', '-aet', callingAETitle, '-aec', 'GATEWAY', '127.0.0.1', String(port)];
      const output = await run([...options, ...files.slice(at, at + FILES)]);
      const successes = output.match(/Received Store Response \(Success\)/g)?.length ?? 0;
      for (let count = 0; count < successes; count++) onAcknowledged();
      at += successes;
    }
  };
}

/**
 * @param {string[]} args
 * @returns {Promise<string>} its output; it may have failed
 */
function run(args) {
  return new Promise((resolve, reject) => {
    execFile('storescu', args, { maxBuffer: 2 ** 26 }, (error, out, errors) => {
      if (/** @type {NodeJS.ErrnoException | null} */ (error)?.code === 'ENOENT') reject(error);
      else resolve(`${out}${errors}`);
    });
  });
}
