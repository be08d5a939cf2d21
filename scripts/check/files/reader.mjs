import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readWithDcmjs } from './dcmjs-reader.mjs';

/**
 * @typedef {import('../../support/dicomweb-client.mjs').Described} Described
 * @typedef {{ vr?: string, Value?: unknown[], Bytes?: Described, Encapsulated?: boolean, error?: string }} Attribute
 * @typedef {{ [tag: string]: Attribute }} DataSet as DICOM JSON (PS3.18 F.2), with byte values by length and digest
 */

/**
 * What an independent reader reads from a file.
 * @typedef {object} Reading
 * @property {string} [error] the file cannot be read
 * @property {string} [transferSyntax]
 * @property {DataSet} [json]
 * @property {Described[] | null} [frames] null: the reader cannot find them
 */

/** @typedef {{ name: string, read(path: string): Promise<Reading>, close(): void }} Reader */

/**
 * Opens pydicom if a Python on this machine has it, otherwise dcmjs.
 * @returns {Reader}
 */
export function openReader() {
  for (const python of [process.env.PYTHON ?? 'python3', '/usr/bin/python3']) {
    const found = spawnSync(python, ['-c', 'import pydicom, numpy; print(pydicom.__version__)'], { encoding: 'utf8' });
    if (found.status === 0) return pydicomReader(python, `pydicom ${found.stdout.trim()}`);
  }
  return { name: 'dcmjs (no Python with pydicom was found)', read: readWithDcmjs, close: () => undefined };
}

/** @param {string} python @param {string} name @returns {Reader} */
function pydicomReader(python, name) {
  const script = fileURLToPath(new URL('./reader.py', import.meta.url));
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  /** @type {((answer: string) => void)[]} */
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  child.on('exit', () => {
    for (const settle of waiting.splice(0)) settle('{"error":"the reader ended"}');
  });
  return {
    name,
    read: (path) =>
      new Promise((resolve) => {
        waiting.push((line) => resolve(JSON.parse(line)));
        child.stdin.write(`${path}\n`);
      }),
    close: () => child.stdin.end(),
  };
}
