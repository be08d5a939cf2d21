import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN } from '../../support/clients/archive-client';
import type { Element } from '../../support/files/part10';
import { comments, slice } from '../../support/files/samples';
import { reset as forget } from '../../support/platform/counting';

const INSTANCES = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances';

let archive: ArchiveClient;
withArchive(async () => {
  archive = archiveClient();
  await archive.store(
    [1, 2, 3].map((n) =>
      slice({ sop: `1.2.3.4.${n}`, instanceNumber: n, elements: [[0x00180050, 'DS', `${n}.5`], comments(6000, n)] }),
    ),
  );
});

describe('PS3.18 8.3.4.3 includefield=all at series level', () => {
  it.each(['/dicomweb/series', '/dicomweb/studies/1.2.3.5/series'])('%s: also what the study has', async (path) => {
    const elements: Element[] = [[0x00104000, 'LT', 'Comments on the patient']];
    await archive.store([slice({ study: '1.2.3.5', series: '1.2.3.5.0', sop: '1.2.3.5.1', elements })]);
    const [found] = await archive.json(`${path}?includefield=all&SeriesInstanceUID=1.2.3.5.0`);
    const [study] = await archive.json('/dicomweb/studies?includefield=all&StudyInstanceUID=1.2.3.5');
    const valued = Object.entries(study!).filter(([tag, { Value }]) => tag !== '00081190' && Value !== undefined);
    expect(found).toMatchObject(Object.fromEntries(valued));
    expect(valued.map(([tag]) => tag)).toContain('00104000');
  });
});

describe('PS3.18 8.3.4.3 includefield at instance level', () => {
  it('reads stored metadata for what the index does not keep', async () => {
    forget(archive.operations);
    const found = await archive.json(`${INSTANCES}?includefield=SliceThickness&includefield=00280103`);
    expect(found.map((one) => one['00180050'])).toEqual([1.5, 2.5, 3.5].map((value) => ({ vr: 'DS', Value: [value] })));
    expect(found[0]?.['00280103']).toEqual({ vr: 'US', Value: [0] });
    expect(archive.operations.d1).toBe(2);
    expect(archive.operations.r2Reads).toHaveLength(1);
  });

  it('all: everything that is stored, URIs absolute', async () => {
    const [first] = await archive.json(`${INSTANCES}?includefield=all&limit=1`);
    expect(first?.['00280100']).toEqual({ vr: 'US', Value: [16] });
    expect(first?.['7FE00010']?.BulkDataURI).toBe(`${ORIGIN}${INSTANCES}/1.2.3.4.1/bulkdata/7FE00010`);
  });
});
