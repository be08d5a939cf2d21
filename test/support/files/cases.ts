import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/support/paths.mjs';

/**
 * Files of public bug reports, each with the right answer beside it. They exist only where the project is developed,
 * not in the project.
 */
const FOLDER = join(ROOT, '../shared/cases');

/** Whether the folder of real files is beside the project. */
export const CASES_ARE_THERE = existsSync(FOLDER);

export function caseFile(name: string): Buffer {
  return readFileSync(join(FOLDER, name));
}

/** All files of the cases that the archive must store. */
export function caseNames(): string[] {
  const names = readdirSync(FOLDER, { recursive: true }).map(String);
  return names.filter((name) => name.endsWith('.dcm')).sort();
}

/** The bytes of an array that NumPy saved, in its own format: the header says how long it is. */
export function arrayBytes(name: string): Uint8Array {
  const file = caseFile(name);
  return new Uint8Array(file.subarray(10 + file.readUInt16LE(8)));
}

/** The largest difference between two byte arrays; infinite if their lengths differ. */
export function furthest(one: Uint8Array, other: Uint8Array): number {
  if (one.length !== other.length) return Number.POSITIVE_INFINITY;
  return one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at]!)), 0);
}
