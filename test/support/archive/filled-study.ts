import { expect } from 'vitest';
import type { ArchiveClient } from '../clients/archive-client';
import type { Element } from '../files/part10';
import { comments, slice } from '../files/samples';

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

/** Requests of the tests of deletion and restoration, in a word each. */
export function requestsTo(archive: () => ArchiveClient) {
  const one = async (path: string, tag: string) => (await archive().json(path))[0]?.[tag]?.Value;
  return {
    /** @returns the status */
    send: async (method: string, path: string) => (await archive().fetch(path, { method })).status,
    get: (path: string, accept = '*/*') => archive().fetch(path, { headers: { Accept: accept } }),
    /** The values of an attribute of the first result. */
    one,
    /** SOP Instance UIDs. */
    instances: async () => (await archive().json('/dicomweb/instances')).map((found) => found['00080018']?.Value?.[0]),
  };
}
