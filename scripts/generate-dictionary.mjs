/**
 * Writes src/dicom/dictionary/dictionary-data.ts, the data dictionary (PS3.6 and PS3.7 annex E) as one string.
 *
 * pydicom's table contains the retired attributes and the repeating groups in full; dcmjs's table is a newer edition.
 * If both contain an attribute, the first decides; the second adds the attributes that were standardized since.
 *
 * Run: node scripts/generate-dictionary.mjs   (needs python3 with pydicom)
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import dcmjs from 'dcmjs';

const OLDER = `
import json
from pydicom import _dicom_dict as d
rows = [['%08X' % tag, row[0], row[4]] for tag, row in d.DicomDictionary.items()]
rows += [[tag.upper(), row[0], row[4]] for tag, row in d.RepeatersDictionary.items()]
print(json.dumps(rows))
`;

/** VRs that depend on other attributes, written as two letters that are not a VR. */
const AMBIGUOUS = { 'US or SS': 'XS', 'OB or OW': 'OX', 'US or OW': 'LX', 'US or SS or OW': 'ZX' };
const AMBIGUOUS_IN_DCMJS = { xs: 'XS', ox: 'OX', lt: 'LX', up: 'UL' };

const rows = new Map();
for (const { tag, vr, name } of Object.values(dcmjs.data.DicomMetaDictionary.nameMap)) {
  const code = AMBIGUOUS_IN_DCMJS[vr] ?? vr;
  if (!/^[A-Z]{2}$/.test(code)) continue;
  rows.set(tag.replace(/[(),]/g, '').toUpperCase(), [code, name.replace(/^RETIRED_/, '')]);
}
for (const [tag, vr, keyword] of JSON.parse(execFileSync('/usr/bin/python3', ['-c', OLDER], { maxBuffer: 1 << 26 }))) {
  const code = AMBIGUOUS[vr] ?? vr;
  if (!/^[A-Z]{2}$/.test(code)) continue;
  rows.set(tag, [code, keyword || (rows.get(tag)?.[1] ?? '')]);
}
// Overlays and curves repeat in the groups 60xx and 50xx. They are kept once, under the first of these groups.
for (const [tag, row] of [...rows]) {
  const repeating = /^([56]0)XX(....)$/.exec(tag);
  if (!repeating) continue;
  rows.delete(tag);
  rows.set(`${repeating[1]}00${repeating[2]}`, row);
}

const groups = new Map();
const patterns = [];
for (const tag of [...rows.keys()].sort()) {
  const [vr, keyword] = rows.get(tag);
  if (tag.includes('X')) {
    patterns.push(`${tag}${vr}${keyword}`);
    continue;
  }
  const group = tag.slice(0, 4);
  if (!groups.has(group)) groups.set(group, []);
  groups.get(group).push(`${tag.slice(4)}${vr}${keyword}`);
}

const lines = [...groups].map(([group, entries]) => `${group} ${entries.join(' ')}`);
writeFileSync(
  new URL('../src/dicom/dictionary/dictionary-data.ts', import.meta.url),
  `// Made by scripts/generate-dictionary.mjs; not to be edited.

/**
 * A group per line: its number, then element number, VR and keyword of each attribute. XS stands for "US or SS", OX for
 * "OB or OW", LX for "US or OW", ZX for "US or SS or OW".
 */
export const DICTIONARY = \`
${lines.join('\n')}
\`;

/** Retired attributes whose tags repeat within a group: X stands for any digit. */
export const PATTERNS = '${patterns.join(' ')}';
`,
);
