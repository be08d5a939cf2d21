import { describe, expect, it } from 'vitest';
import { withSharedArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { type SliceOptions, slice } from '../../support/files/samples';
import { billing } from '../../support/platform/billed';

withSharedArchive();

const LISTS = [
  'limit=101&includefield=00081030,00080060',
  'limit=3',
  'limit=3&offset=3',
  'orderby=-StudyInstanceUID',
  'PatientName=*Nept*',
  'StudyDate=20200101-20301231',
  'ModalitiesInStudy=MR',
  'SeriesDescription=*xial*',
  'limit=5&count=true',
];

/** Two isolates of one archive, and one that has kept nothing. */
async function isolates() {
  const { over, costOf } = billing();
  const writer = archiveClient();
  const reader = archiveClient({}, (): ArchiveClient['bindings'] => over(writer.bindings), writer.prefix);
  const another = () => archiveClient({}, () => writer.bindings, writer.prefix);
  await writer.store(Array.from({ length: 7 }, (_, n) => file(n)));
  return { writer, reader, another, costOf };
}

function file(n: number, more: SliceOptions = {}): Uint8Array {
  return slice({ study: `1.5.${n}`, series: `1.5.${n}.1`, sop: `1.5.${n}.1.1`, rows: 8, columns: 8, ...more });
}

describe('study lists that an isolate has sent before', () => {
  it('are answered without reading the studies again', async () => {
    const { reader, costOf } = await isolates();
    const path = `/dicomweb/studies?${LISTS[0]}`;
    const first = await reader.fetch(path);
    let again: Response | undefined;
    const cost = await costOf(async () => {
      again = await reader.fetch(path);
    });
    expect(cost).toMatchObject({ d1: 1, rowsWritten: 0 });
    expect(cost.rowsRead).toBeLessThanOrEqual(4);
    expect(again?.headers.get('ETag')).toBe(first.headers.get('ETag'));
    expect(await again?.text()).toBe(await first.text());
  });

  it('are not relied on before anything has changed: another database could be in the same state', async () => {
    const { writer, reader } = await isolates();
    const path = `/dicomweb/studies?${LISTS[0]}`;
    const { database } = writer.bindings;
    const forgetState = () => database.prepare("UPDATE archive_total SET state = ''").run();
    await forgetState();
    expect(await reader.json(path)).toHaveLength(7);
    await database.prepare("UPDATE study SET study_date = '19990101' WHERE study_instance_uid = '1.5.3'").run();
    await forgetState();
    const uids = (await reader.json(path)).map((study) => study['0020000D']?.Value?.[0]);
    expect(uids.at(-1)).toBe('1.5.3');
  });

  it('are as new after every change that another isolate makes', async () => {
    const { writer, reader, another } = await isolates();
    const changes: Record<string, () => Promise<Response>> = {
      'a new study': () => writer.store([file(8)]),
      'a study that comes before the others': () =>
        writer.store([file(9, { elements: [[0x00080020, 'DA', '20290101']] })]),
      'another instance': () => writer.store([file(1, { sop: '1.5.1.1.2' })]),
      'another series': () =>
        writer.store([file(1, { series: '1.5.1.2', sop: '1.5.1.2.1', elements: [[0x00080060, 'CS', 'MR']] })]),
      'other attributes of a study': () =>
        writer.store([file(2, { sop: '1.5.2.1.2', elements: [[0x00100010, 'PN', 'Neptune^Moon']] })]),
      'a deleted instance': () => writer.fetch('/dicomweb/studies/1.5.1/series/1.5.1.1/instances/1.5.1.1.2', DELETE),
      'a deleted study': () => writer.fetch('/dicomweb/studies/1.5.3', DELETE),
      'a restored study': () => writer.fetch('/dicomweb/studies/1.5.3/restore', { method: 'POST' }),
    };
    const lists = async (by: ArchiveClient) => {
      const answers: unknown[] = [];
      for (const list of LISTS) {
        const answer = await by.fetch(`/dicomweb/studies?${list}`);
        answers.push([await answer.text(), answer.headers.get('X-Total-Count'), answer.headers.get('Warning')]);
      }
      return answers;
    };
    let before = await lists(reader);
    for (const [name, change] of Object.entries(changes)) {
      expect((await change()).ok, name).toBe(true);
      const after = await lists(reader);
      expect(after, name).toEqual(await lists(another()));
      expect(after, name).not.toEqual(before);
      before = after;
    }
  });
});

const DELETE = { method: 'DELETE' };
