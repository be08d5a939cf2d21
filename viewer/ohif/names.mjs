/*
 * Names of people as texts.
 */

/** Marks that turn the direction of what follows: a name must not change the texts beside it. */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * A name as one text whose components are still separated by ^: the alphabetic group, and the ideographic one in parentheses (PS3.5
 * 6.2.1). Users in Asia know patients by the latter.
 * @param {string | { Alphabetic?: string, Ideographic?: string, Phonetic?: string }} name
 */
export function nameOf(name) {
  if (typeof name === 'string') return name.replace(DIRECTIONS, '');
  const { Alphabetic, Ideographic, Phonetic } = name;
  const [first, second] = [Alphabetic, Ideographic].filter(Boolean);
  if (first === undefined) return (Phonetic ?? '').replace(DIRECTIONS, '');
  const shown = second === undefined ? first : `${first} (${second.replaceAll('^', ' ').trim()})`;
  return shown.replace(DIRECTIONS, '');
}
