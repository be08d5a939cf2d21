import type { PersonName } from '../json/json-model';
import { foldLetters } from './fold-letters';

/** PS3.5 6.2.1.2: the component groups of a name, in the order in which they are written. */
const GROUPS = ['Alphabetic', 'Ideographic', 'Phonetic'] as const;

/** Splits a PN value into its component groups (PS3.5 6.2.1, PS3.18 F.2.2); empty groups are left out. */
export function parsePersonName(value: string): PersonName {
  const name: PersonName = {};
  const groups = value.split('=', GROUPS.length);
  for (const [index, key] of GROUPS.entries()) {
    const group = groups[index];
    if (group !== undefined && group !== '') name[key] = group;
  }
  return name;
}

/**
 * Writes component groups as a PN value, the reverse of parsePersonName.
 *
 * @returns undefined when the object has other members, or groups that are not text
 */
export function writePersonName(name: object): string | undefined {
  const groups = ['', '', ''];
  for (const [key, group] of Object.entries(name) as [string, unknown][]) {
    const index = GROUPS.indexOf(key as (typeof GROUPS)[number]);
    if (index < 0 || (typeof group !== 'string' && group !== null)) return undefined;
    groups[index] = group ?? '';
  }
  while (groups.at(-1) === '') groups.pop();
  return groups.join('=');
}

/**
 * The form in which names are stored for searching and are compared. Case and accents are folded, the separators `^`,
 * `,` and white space become one space each, trailing empty components are dropped, and groups are joined by `=` (PS3.4
 * C.2.2.2.1 leaves case- and accent-insensitivity to the implementation). `*` and `?` are kept, so that a query's
 * pattern folds the same way and can be matched against folded names.
 */
export function foldPersonName(value: string | PersonName): string {
  const groups = typeof value === 'string' ? value.split('=') : GROUPS.map((key) => value[key] ?? '');
  const folded = groups.slice(0, GROUPS.length).map((group) =>
    foldLetters(group)
      .replace(/[\s^,]+/g, ' ')
      .trim(),
  );
  while (folded.length > 1 && folded.at(-1) === '') folded.pop();
  return folded.join('=');
}
