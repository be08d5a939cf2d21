import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/support/paths.mjs';

/** Files of public bug reports, each with the right answer beside it: there where the project is developed, not in it. */
const FOLDER = join(ROOT, '../shared/cases');

export const CASES_ARE_THERE = existsSync(FOLDER);

export function caseFile(name: string): Buffer {
  return readFileSync(join(FOLDER, name));
}

/** All files of the cases that are to be stored. */
export function caseNames(): string[] {
  const names = readdirSync(FOLDER, { recursive: true }).map(String);
  return names.filter((name) => name.endsWith('.dcm')).sort();
}

/** The bytes of an array that NumPy saved: its own format, whose header ends where the length in it says. */
export function arrayBytes(name: string): Uint8Array {
  const file = caseFile(name);
  return new Uint8Array(file.subarray(10 + file.readUInt16LE(8)));
}

/** How far two lots of bytes differ at most; infinitely where their lengths do. */
export function furthest(one: Uint8Array, other: Uint8Array): number {
  if (one.length !== other.length) return Number.POSITIVE_INFINITY;
  return one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at]!)), 0);
}
