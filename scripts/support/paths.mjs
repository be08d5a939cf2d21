import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The project's folder without a trailing separator. All paths of the scripts start here, not at the current folder.
 */
export const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
