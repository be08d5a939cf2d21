import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { longLayout, longSequence, replaced } from '../../support/archive/large-records';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { everywhere } from '../../support/platform/bindings';

/**
 * D1 allows 2 MB for a row and for a bound value (test/support/platform/production-limits.ts): no file may make a request fail
 * for ever.
 */

const SERIES = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0';
const PROCEDURE_CODES = 0x00081032;
const REQUESTS = 0x00400275;

let client: ArchiveClient;
withArchive(() => {
  client = archiveClient();
});

const failed = async (response: Response): Promise<unknown[]> => {
  const dataSet = (await response.json()) as DicomJson;
  const items = (dataSet['00081198']?.Value ?? []) as DicomJson[];
  return items.map((item) => [item['00081155']?.Value?.[0], item['00081197']?.Value?.[0]]);
};

describe('descriptions of a study or a series that are longer than a row', () => {
  it('the instances are stored, and the search leaves out attributes that are too long for the index', async () => {
    const answer = await client.store([
      slice({ elements: [longSequence(PROCEDURE_CODES, 2_500_000), longSequence(0x00081250, 2_500_000)] }),
      slice({ sop: '1.2.3.4.2' }),
    ]);
    expect(answer.status).toBe(200);
    for (const path of ['/dicomweb/studies', '/dicomweb/studies/1.2.3.4/series']) {
      for (const include of ['00081032,00081250', 'all']) {
        const [found] = await client.json(`${path}?includefield=${include}`);
        expect(found?.['0020000D']?.Value).toEqual(['1.2.3.4']);
        // An empty attribute would say that there is no value.
        expect(found).not.toHaveProperty('00081032');
        expect(found).not.toHaveProperty('00081250');
      }
    }
    const [study] = await client.json('/dicomweb/studies?PatientID=MRN0000002');
    expect(study?.['00100010']?.Value).toEqual([{ Alphabetic: 'Neptune^Planet' }]);
    const [metadata] = await client.json(`${SERIES}/instances/1.2.3.4.1/metadata`);
    expect(metadata?.['00081032']?.Value?.length).toBeGreaterThan(13_000);
    const [instance] = await client.json('/dicomweb/instances?SOPInstanceUID=1.2.3.4.1&includefield=all');
    expect(instance?.['00081032']?.Value?.length).toBeGreaterThan(13_000);
  });

  it('an attribute that is short stays, whatever is long beside it', async () => {
    const many = Array.from({ length: 9 }, (_, at) =>
      longSequence([0x00081032, 0x00081110, 0x00081120][at % 3]!, 30_000),
    );
    expect((await client.store([slice({ elements: [...many, [0x00101010, 'AS', '051Y']] })])).status).toBe(200);
    const [study] = await client.json('/dicomweb/studies?includefield=all');
    expect(study?.['00101010']?.Value).toEqual(['051Y']);
    expect(study?.['00081032']?.Value?.length).toBeGreaterThan(100);
  });

  it('deleted and restored, it is described as before', async () => {
    await client.store([slice({ elements: [longSequence(PROCEDURE_CODES, 200_000)] }), slice({ sop: '1.2.3.4.2' })]);
    const before = await client.json('/dicomweb/studies?includefield=00081032');
    expect(before[0]).not.toHaveProperty('00081032');
    expect((await client.fetch('/dicomweb/studies/1.2.3.4', { method: 'DELETE' })).status).toBe(204);
    expect((await client.fetch('/dicomweb/studies/1.2.3.4/restore', { method: 'POST' })).status).toBeLessThan(300);
    expect(await client.json('/dicomweb/studies?includefield=00081032')).toEqual(before);
  });

  it('many long series and studies are stored by one request', async () => {
    const files = Array.from({ length: 40 }, (_, at) =>
      slice({
        study: `1.2.${at}`,
        series: `1.2.${at}.0`,
        sop: `1.2.${at}.0.1`,
        elements: [
          longSequence(PROCEDURE_CODES, 30_000),
          longSequence(0x00081110, 30_000),
          longSequence(0x00081250, 30_000),
        ],
      }),
    );
    expect((await client.store(files)).status).toBe(200);
    const studies = await client.json('/dicomweb/studies?includefield=00081032');
    expect(studies.map((study) => study['00081032']?.Value?.length)).toEqual(Array(40).fill(167));
  });

  it('requests of a series are searched up to a maximum number, each once', async () => {
    const requests = Array.from({ length: 5000 }, (_, at): [number, string, string][] => [
      [0x00400009, 'SH', `STEP${at % 4000}`],
      [0x00401001, 'SH', `PROC${at % 4000}`],
    ]);
    expect((await client.store([slice({ elements: [[REQUESTS, 'SQ', requests]] })])).status).toBe(200);
    expect(await everywhere('SELECT series_id FROM request_attribute')).toHaveLength(1000);
    const search = '/dicomweb/series?RequestAttributesSequence.ScheduledProcedureStepID=STEP7';
    expect(await client.json(search)).toHaveLength(1);
  });
});

describe('instances whose bulk data takes much of a row', () => {
  const template = slice({ sop: '1.2.3.4.1', seed: 1, elements: [longLayout(1_400_000)] });
  const large = (sop: string, description = 'Axial') =>
    replaced(replaced(template, '1.2.3.4.1', sop), 'Axial', description);
  const file = 'multipart/related; type="application/dicom"; transfer-syntax=*';

  for (const policy of ['reject', 'replace', 'keep']) {
    it(`are stored, replaced, deleted and restored with duplicates: ${policy}`, async () => {
      const archive = archiveClient({ DUPLICATES: policy });
      expect((await archive.store([large('1.2.3.4.1'), large('1.2.3.4.2')])).status).toBe(200);
      const again = await archive.store([large('1.2.3.4.1', 'Other'), slice({ sop: '1.2.3.4.3' })]);
      expect(again.status).toBe(policy === 'replace' ? 200 : 202);
      expect((await archive.fetch(SERIES, { method: 'DELETE' })).status).toBe(204);
      expect((await archive.fetch(`${SERIES}/restore`, { method: 'POST' })).status).toBeLessThan(300);
      expect(await archive.json(`${SERIES}/instances`)).toHaveLength(3);
      const [part] = await partsOf(await archive.fetch(`${SERIES}/instances/1.2.3.4.1`, { headers: { Accept: file } }));
      expect(part?.body).toEqual(large('1.2.3.4.1', policy === 'replace' ? 'Other' : 'Axial'));
    });
  }

  it('are refused one by one when one request has too many of them', async () => {
    const files = Array.from({ length: 8 }, (_, at) => large(`1.2.3.4.${at + 1}`));
    const answer = await client.store([...files, slice({ sop: '1.2.3.4.9' })]);
    expect(answer.status).toBe(202);
    expect(await failed(answer)).toEqual([
      ['1.2.3.4.7', 0xa700],
      ['1.2.3.4.8', 0xa700],
    ]);
    expect(await client.json(`${SERIES}/instances`)).toHaveLength(7);
    // Sent again, they fit.
    expect((await client.store(files.slice(6))).status).toBe(200);
  });
});

describe('a record that the index refuses', () => {
  /** The message of D1 must not make a client send the request again. */
  const refuse = async (...sops: string[]) => {
    const list = sops.map((sop) => `'${sop}'`).join(', ');
    await everywhere(
      `CREATE TRIGGER refused BEFORE INSERT ON instance WHEN NEW.sop_instance_uid IN (${list}) BEGIN SELECT RAISE(ABORT, 'refused'); END`,
    );
  };
  const keys = async () => (await env.BUCKET.list({ prefix: `${client.prefix}/` })).objects.map(({ key }) => key);

  it('is refused alone, and the other instances are stored', async () => {
    await refuse('1.2.3.4.3', '1.2.3.4.8');
    const files = Array.from({ length: 9 }, (_, at) => slice({ sop: `1.2.3.4.${at + 1}`, seed: at + 1 }));
    const answer = await client.store(files);
    expect(answer.status).toBe(202);
    expect(await failed(answer)).toEqual([
      ['1.2.3.4.3', 0x0110],
      ['1.2.3.4.8', 0x0110],
    ]);
    expect(await client.json(`${SERIES}/instances`)).toHaveLength(7);
    const [study] = await client.json('/dicomweb/studies');
    expect(study?.['00201208']?.Value).toEqual([7]);
    expect((await keys()).filter((key) => key.startsWith(`${client.prefix}/instances/`))).toHaveLength(7);
    expect(await client.json(`${SERIES}/metadata`)).toHaveLength(7);
  });

  it('in a request of its own is a conflict, and the client is not told to send it again', async () => {
    await refuse('1.2.3.4.1');
    const answer = await client.store([slice()]);
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([409, null]);
    expect(await failed(answer)).toEqual([['1.2.3.4.1', 0x0110]]);
    expect([await keys(), await client.json('/dicomweb/studies')]).toEqual([[], []]);
  });
});
