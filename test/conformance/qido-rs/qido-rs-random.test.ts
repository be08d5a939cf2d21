import { expect, it } from 'vitest';
import { withSharedArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { seededRandom } from '../../support/seeded-random';

let archive: ArchiveClient;
withSharedArchive(async () => {
  archive = archiveClient();
  const numbers = [1, 2, 3];
  await archive.store(numbers.map((n) => slice({ study: `1.2.${n}`, series: `1.3.${n}`, sop: `1.4.${n}` })));
});

it('whatever the query says, the answer is a list or says what is wrong', async () => {
  const random = seededRandom(20241124);
  const names = [
    ...['PatientName', 'PatientID', 'StudyDate', 'StudyTime', 'ModalitiesInStudy', 'Modality', 'SeriesNumber'],
    ...['StudyInstanceUID', 'SOPClassUID', '00400275.00400009', 'RequestAttributesSequence', '00091001', '00090010'],
    ...['limit', 'offset', 'includefield', 'orderby', 'count', 'fuzzymatching', 'TimezoneOffsetFromUTC', 'accept'],
    ...['', '.', 'x', 'PatientBirthDate', '7FE00010', 'window'],
  ];
  const pieces = [
    '*',
    '?',
    '%25',
    '%27',
    '%22',
    '%22%22',
    '_',
    '\\',
    '-',
    ',',
    '.',
    '1',
    '0',
    '2024',
    'CT',
    '^',
    '=',
    ' ',
  ];
  const odd = ['%E5%B1%B1', '%00', '%FF', '%', '%F0%9F%98%80', '[', ']', '%0A', ';', '--', '/*', '1e9', 'true', 'all'];
  const seen = new Map<number, number>();
  for (let round = 0; round < 400; round += 1) {
    const parameters = Array.from({ length: 1 + random.below(4) }, () => {
      const value = Array.from({ length: random.below(6) }, () => random.pick(random.next() < 0.8 ? pieces : odd)).join(
        '',
      );
      return `${random.pick(names)}=${value}`;
    });
    const path = `/${random.pick(['studies', 'series', 'instances', 'studies/1.2.1/series'])}?${parameters.join('&')}`;
    const response = await archive.fetch(`/dicomweb${path}`);
    seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
    expect([200, 400, 406], path).toContain(response.status);
    if (response.status === 200) expect(await response.json(), path).toBeInstanceOf(Array);
  }
  expect(seen.get(200)).toBeGreaterThan(50);
  expect(seen.get(400)).toBeGreaterThan(50);
});
