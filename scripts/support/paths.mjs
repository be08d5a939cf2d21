import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder, with a trailing separator removed; every path of the scripts starts here, never at the cwd. */
export const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
