import { fileURLToPath } from 'node:url';

/** The project's folder, with a trailing separator removed; every path of the scripts starts here, never at the cwd. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
