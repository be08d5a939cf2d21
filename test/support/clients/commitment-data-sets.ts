import { expect } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { CT_IMAGE_STORAGE as CT } from '../files/samples';

/* Requests for storage commitment and their answers (PS3.18 13, PS3.4 J). */

export const CREATOR = 'DICOMWEB-EDGE COMMITMENT 1.0';

export const JSON_TYPE = 'application/dicom+json';

export const XML = 'application/dicom+xml';

export const ui = (value: string) => ({ vr: 'UI', Value: [value] });

export const sq = (...Value: DicomJson[]) => ({ vr: 'SQ', Value });

const hex = (bytes: ArrayBuffer) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

export const sha256 = async (file: Uint8Array) => hex(await crypto.subtle.digest('SHA-256', new Uint8Array(file)));

/** The private elements that carry the digest of an instance. */
export const withDigest = (digest: string, block = '10') => ({
  [`000900${block}`]: { vr: 'LO', Value: [CREATOR] },
  [`0009${block}01`]: { vr: 'LO', Value: [digest] },
});

/** An item of Referenced SOP Sequence (0008,1199). */
export const item = (sop: string, digest?: string, sopClass = CT): DicomJson => ({
  '00081150': ui(sopClass),
  '00081155': ui(sop),
  ...(digest === undefined ? {} : withDigest(digest)),
});

/** A commitment request for these items. */
export const ofInstances = (...items: DicomJson[]): DicomJson => ({ '00081199': sq(...items) });

export const PATH = '/dicomweb/commitment-requests/';

export const post = (body: string, type = JSON_TYPE, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': type, Accept: JSON_TYPE, ...headers },
  body,
});

/** The data set of an answer that must be 200. */
export async function dataSetOf(response: Response): Promise<DicomJson> {
  expect(response.status).toBe(200);
  return await response.json();
}

/** The committed instances with their digests, and the failed ones with Failure Reason and code. */
export function found(dataSet: DicomJson) {
  const items = (tag: string) => (dataSet[tag]?.Value ?? []) as DicomJson[];
  const value = (of: DicomJson, tag: string) => of[tag]?.Value?.[0];
  return {
    committed: items('00081199').map((of) => {
      expect(value(of, '00090010')).toBe(CREATOR);
      return [value(of, '00081155'), ...(of['00091001']?.Value ?? [])];
    }),
    failed: items('00081198').map((of) => [value(of, '00081155'), value(of, '00081197'), value(of, '00091002')]),
  };
}
