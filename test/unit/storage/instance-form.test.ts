import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import type { InstanceLayout } from '../../../src/dicom/pixels/pixel-layout';
import {
  DIGEST,
  LAYOUT,
  layoutOf,
  SOP_CLASS_UID,
  shortForm,
  TRANSFER_SYNTAX_UID,
} from '../../../src/storage/instance-form';

const database = new DatabaseSync(':memory:');
database.exec('CREATE TABLE instance (sop_class_uid TEXT, transfer_syntax_uid TEXT, digest TEXT, layout TEXT)');

/** What is kept of a value, and what is read again. */
function kept(column: string, value: string, read: string): { kept: unknown; read: unknown } {
  database.exec('DELETE FROM instance');
  database
    .prepare(`INSERT INTO instance (${column}) SELECT ${shortForm(column, 'j.v')} FROM (SELECT ? AS v) AS j`)
    .run(value);
  return database.prepare(`SELECT ${column} AS kept, ${read} AS read FROM instance`).get() as never;
}

it.each([
  ['1.2.840.10008.5.1.4.1.1.2', '~2'],
  ['1.2.840.10008.5.1.4.1.1.2.1', '~2.1'],
  ['1.2.840.10008.5.1.4.34.7', '1.2.840.10008.5.1.4.34.7'],
  ['1.2.840.10008.5.1.4.1.1.', '~'],
  ['1.2.840.10008.5.1.4.1.1.~2', '1.2.840.10008.5.1.4.1.1.~2'],
  ['~2', '~~2'],
  ['~~2', '~~~2'],
  ['', ''],
])('SOP Class UID %s', (uid, short) => {
  expect(kept('sop_class_uid', uid, SOP_CLASS_UID)).toEqual({ kept: short, read: uid });
});

it.each([
  ['1.2.840.10008.1.2', '~'],
  ['1.2.840.10008.1.2.1', '~.1'],
  ['1.2.840.10008.1.2.4.90', '~.4.90'],
  ['1.2.840.10008.1.20', '~0'],
  ['1.2.3', '1.2.3'],
])('transfer syntax %s', (uid, short) => {
  expect(kept('transfer_syntax_uid', uid, TRANSFER_SYNTAX_UID)).toEqual({ kept: short, read: uid });
});

it.each(['ab'.repeat(32), 'AB'.repeat(32), 'again', '', 'zz'.repeat(32)])('digest %s', (digest) => {
  const { kept: bytes, read } = kept('digest', digest, DIGEST);
  expect(read).toBe(digest);
  if (digest.startsWith('ab')) expect(bytes).toHaveLength(32);
});

const native = { kind: 'native', offset: 2310, length: 8, frames: 1, bitsPerFrame: 64, word: 1 } as const;
const only = { offset: 900, span: 120, length: 112 };
it.each<[string, InstanceLayout, string | undefined]>([
  ['of one frame', { object: 'dcm', pixels: native }, '[2310,8]'],
  ['of one frame with a copy', { object: 'dcm', pixels: native, copyLength: 5 }, '[2310,8,5]'],
  ['of one frame that can have no copy', { object: 'dcm', pixels: native, copyLength: 0 }, '[2310,8,0]'],
  ['of one compressed frame', { object: 'dcm', pixels: { kind: 'encapsulated', frames: 1, only } }, '[900,120,112,0]'],
  ['without pixels', { object: 'dcm' }, undefined],
  ['of an inflated file', { object: 'inflated', pixels: native }, undefined],
  ['of two frames', { object: 'dcm', pixels: { ...native, frames: 2, bitsPerFrame: 32 } }, undefined],
  ['of big-endian words', { object: 'dcm', pixels: { ...native, word: 2 } }, undefined],
  ['of a padded frame', { object: 'dcm', pixels: { ...native, bitsPerFrame: 56 } }, undefined],
  ['with bulk data', { object: 'dcm', pixels: native, bulk: [['54001010', 9, 8, 1]] }, undefined],
  ['of many compressed frames', { object: 'dcm', pixels: { kind: 'encapsulated', frames: 7 } }, undefined],
  ['of a later version', { object: 'dcm', pixels: { ...native, more: 1 } } as never, undefined],
])('layout %s', (_, layout, short) => {
  const text = JSON.stringify(layout);
  const found = kept('layout', text, LAYOUT) as { kept: string; read: string };
  expect(found.kept).toBe(short ?? text);
  expect(JSON.parse(found.read)).toEqual(layout);
  expect(layoutOf(found.kept)).toEqual(layout);
});
