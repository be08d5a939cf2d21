import { expect, it } from 'vitest';
import { DeidentifiedArchives } from '../../../src/archive/deidentify/deidentified-archive';
import { deidentificationOf } from '../../../src/archive/deidentify/deidentified-view';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import type { Viewpoint } from '../../../src/archive/visibility';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { allSnapshots, loseDatabase, rebuild } from '../../support/databases/rebuilding';
import { slice } from '../../support/files/samples';

withArchive();

const STUDY = '1.2.3';
const file = (sop: number) => slice({ study: STUDY, series: `${STUDY}.1`, sop: `${STUDY}.9.${sop}` });

it('after a rebuild, it is known who has sent what, what quotas count, and which studies were told de-identified', async () => {
  const whole = archiveClient();
  const open = () => openArchive(whole.prefix, whole.bindings);
  const viewpoint = (principal: string, more: Partial<Viewpoint> = {}): Viewpoint => ({
    principal,
    visibility: 'everything',
    labels: [],
    ...more,
  });
  const one = archiveClient({}, () => whole.bindings, whole.prefix, viewpoint('key:1', { quota: { instances: 9 } }));
  const other = archiveClient({}, () => whole.bindings, whole.prefix, viewpoint('key:2'));
  await beginArchive(open(), Date.now());
  // The same file by both, and a further one.
  for (const client of [one, other]) expect((await client.store([file(1)])).status).toBe(200);
  expect((await other.store([file(3)])).status).toBe(200);
  const replaced = async () => await (await deidentificationOf(open(), { options: {} })).uid(STUDY);
  const told = await replaced();

  const known = async () => {
    const sent = ['key:1', 'key:2', 'key:3'].map(async (principal) => {
      const { commitments } = open().confinedTo(viewpoint(principal, { storesOnly: true }));
      const rows = await commitments.find([`${STUDY}.9.1`, `${STUDY}.9.3`], 9, 'reject');
      return rows.filter(({ isSent }) => isSent).map(({ sopInstanceUID }) => sopInstanceUID);
    });
    const used = await open()
      .confinedTo(viewpoint('key:1', { quota: {} }))
      .allowance?.used();
    return { sent: await Promise.all(sent), used };
  };
  const before = await known();
  expect(before.sent).toEqual([[`${STUDY}.9.1`], [`${STUDY}.9.1`, `${STUDY}.9.3`], []]);
  expect(before.used).toEqual({ instances: 1, bytes: file(1).length });

  await allSnapshots(open());
  await loseDatabase();
  await rebuild(open());
  expect(await known()).toEqual(before);
  // The archive still makes the same replacements, and a study is found by what was told before the loss, without a search.
  expect(await replaced()).toBe(told);
  const seen = await new DeidentifiedArchives().of(open(), { options: {} });
  expect(await seen.archive.index.instances({ studyInstanceUID: told }, 0, 10)).toHaveLength(2);
});
