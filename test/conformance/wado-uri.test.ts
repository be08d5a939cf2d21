import { reset } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ArchiveClient, archiveClient } from '../support/archive-client';
import { migrate } from '../support/migrate';
import { slice } from '../support/samples';

const OBJECT = 'studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1';

let archive: ArchiveClient;
let file: Uint8Array;
beforeEach(async () => {
  await migrate();
  archive = archiveClient();
  file = slice();
  await archive.store([file]);
});
afterEach(reset);

describe('PS3.18 9.4 retrieve by URI', () => {
  it('application/dicom, byte for byte, whatever the case of the names', async () => {
    for (const query of [
      `requestType=WADO&${OBJECT}&contentType=application/dicom`,
      `requestType=WADO&${OBJECT}&contentType=application%2Fdicom&transferSyntax=*`,
      `requestType=wado&${OBJECT.toLowerCase()}&contenttype=application/dicom&transferSyntax=1.2.840.10008.1.2.1`,
    ]) {
      const response = await archive.fetch(`/wado?${query}`);
      expect(response.status, query).toBe(200);
      expect(response.headers.get('Content-Type')).toBe('application/dicom');
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(file);
    }
  });

  it('400 for bad combinations, 404 for what is not there, 406 for what cannot be had', async () => {
    for (const [query, status] of [
      [`${OBJECT}&contentType=application/dicom`, 400],
      ['requestType=WADO&studyUID=1.2.3.4&contentType=application/dicom', 400],
      [`requestType=WADO&${OBJECT}9&contentType=application/dicom`, 404],
      [`requestType=WADO&${OBJECT}&contentType=image/jpeg`, 406],
      [`requestType=WADO&${OBJECT}&contentType=application/dicom&transferSyntax=1.2.840.10008.1.2.4.90`, 406],
    ] as const) {
      expect((await archive.fetch(`/wado?${query}`)).status, query).toBe(status);
    }
  });

  it('range requests', async () => {
    const response = await archive.fetch(`/wado?requestType=WADO&${OBJECT}&contentType=application/dicom`, {
      headers: { Range: 'bytes=128-131' },
    });
    expect(response.status).toBe(206);
    expect(await response.text()).toBe('DICM');
  });
});
