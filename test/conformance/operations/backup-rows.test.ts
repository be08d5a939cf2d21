import { expect, it } from 'vitest';
import { archiveWithHistory, study } from '../../support/archive/archive-with-history';
import { withArchive } from '../../support/archive/with-archive';
import { allSnapshots } from '../../support/databases/rebuilding';

withArchive();

it('a backup finds every object that the rows of a study name, also where metadata was merged', async () => {
  const { client, archive } = await archiveWithHistory();
  await allSnapshots(archive);
  const pages = (await archive.objects.list('index/')).objects.map(({ key }) => key);
  const counts = new Map<string, number>();
  for (const page of pages) {
    const { objects } = await (await client.fetch(`/backup/objects?named-by=${page}`)).json<{
      objects: { key: string; byteLength: number | null }[];
    }>();
    for (const { key, byteLength } of objects) {
      const bytes = await (await client.fetch(`/backup/objects/${key}`)).arrayBuffer();
      expect(bytes.byteLength, key).toBe(byteLength ?? bytes.byteLength);
      const kind = key.split('/', 1)[0]!;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }
  const held = async (kind: string) => (await archive.objects.list(`${kind}/`)).objects.length;
  expect(counts.get('instances')).toBe(await held('instances'));
  // Metadata that was merged waits for its deletion.
  const { queuedDeletions } = await (await client.fetch('/statistics')).json<{ queuedDeletions: number }>();
  expect(queuedDeletions).toBeGreaterThan(0);
  expect(counts.get('metadata')).toBe((await held('metadata')) - queuedDeletions);
});

it('a backup has rows copied again that the bucket has lost, or that are damaged there', async () => {
  const { client, archive } = await archiveWithHistory();
  // Of a study that was deleted as a whole, the rows are all that says what can be restored.
  expect((await client.fetch(`/dicomweb/studies/${study(1)}`, { method: 'DELETE' })).status).toBe(204);
  await allSnapshots(archive);
  const keysOf = async (uid: string) => (await archive.objects.list(`index/${uid}/`)).objects.map(({ key }) => key);
  const [lost, damaged] = await Promise.all([keysOf(study(1)), keysOf(study(2))]);
  await archive.objects.delete(lost);
  await archive.objects.put(damaged[0]!, new Uint8Array(100));
  expect((await client.fetch(`/backup/objects?named-by=${damaged[0]}`)).status).toBe(404);
  const studies = new Set<string>();
  for (let after: string | null = '0'; after !== null; ) {
    const page: Response = await client.fetch(`/backup/studies?${new URLSearchParams({ after: String(after) })}`);
    const listed = await page.json<{ studies: string[]; after: string | null }>();
    for (const uid of listed.studies) studies.add(uid);
    after = listed.after;
  }
  expect([...studies]).toEqual(expect.arrayContaining([study(1), study(2)]));
  const post = (missing: unknown) =>
    client.fetch('/backup', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ missing }),
    });
  expect((await post(['a/b'])).status).toBe(400);
  expect((await post([study(1)])).status).toBe(200);
  expect(await keysOf(study(1))).toHaveLength(1);
  expect((await keysOf(study(2))).length).toBe(damaged.length + 1);
});
