import { exports } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';

export const BASE = 'https://archive.example/dicomweb';

/** Sends a search, given by the text after the base. */
export async function get(path: string, headers: Record<string, string> = { Accept: 'application/dicom+json' }) {
  return await exports.default.fetch(`${BASE}${path}`, { headers });
}

/** The results of a search that must succeed. */
export async function results(path: string): Promise<DicomJson[]> {
  const response = await get(path);
  expect(response.status, path).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('application/dicom+json');
  return await response.json();
}

const UNIQUE = { studies: '0020000D', series: '0020000E', instances: '00080018' };

/** Unique keys of the results, in the order of the answer. */
export async function found(path: string): Promise<unknown[]> {
  const resource = /(studies|series|instances)(\?|$)/.exec(path)?.[1] as keyof typeof UNIQUE;
  return (await results(path)).map((result) => result[UNIQUE[resource]]?.Value?.[0]);
}
