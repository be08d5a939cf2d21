import { expect } from 'vitest';
import type { ArchiveClient } from './archive-client';
import type { Element } from './part10';
import { comments, slice } from './samples';

export const STUDY = '/dicomweb/studies/1.2.3.4';

export const FIRST = `${STUDY}/series/1.2.3.4.0`;

/** Two series of the study: three slices, whose metadata is an object, and two; and a slice of another study. */
export async function fill(archive: ArchiveClient): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const of = (series: string, sop: string, elements: Element[] = [], study = '1.2.3.4') =>
    files.set(sop, slice({ study, series, sop, seed: Number(sop.at(-1)), elements }));
  for (const n of [1, 2, 3]) of('1.2.3.4.0', `1.2.3.4.0.${n}`, [comments(6000, n)]);
  for (const n of [1, 2]) of('1.2.3.4.9', `1.2.3.4.9.${n}`, [[0x00080060, 'CS', 'MR']]);
  of('9.1', '9.1.1', [], '9');
  expect((await archive.store([...files.values()])).status).toBe(200);
  return files;
}
