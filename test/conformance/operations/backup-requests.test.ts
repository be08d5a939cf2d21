import { expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

/* What an administrator asks of the archive for a backup, with values that no backup sends. */

withArchive();

const asked = (missing: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ missing }),
});

async function studiesInBucket(client: ReturnType<typeof archiveClient>): Promise<string[]> {
  const { keys } = await (await client.fetch('/backup/objects')).json<{ keys: string[] }>();
  return [...new Set(keys.map((key) => key.split('/')[1]!))];
}

it('writes nothing for studies that the archive does not have', async () => {
  const client = archiveClient();
  await client.store([slice()]);
  expect(await (await client.fetch('/backup', asked(['1.2.3.4', '9.9.9', '....']))).json()).toMatchObject({ taken: 1 });
  const unknown = 'index/9.9.9/00000000000001-00000000000000000000000000000000/000000-end.json.gz';
  expect((await client.fetch(`/backup/objects?named-by=${unknown}`)).status).toBe(404);
  expect(await (await client.fetch('/backup', { method: 'POST' })).json()).toMatchObject({ taken: 0 });
  expect(await studiesInBucket(client)).toEqual(['1.2.3.4']);
  for (const wrong of [1.5, ['1.2.3.4'], '', '1'.repeat(65)]) {
    expect((await client.fetch('/backup', asked([wrong]))).status, JSON.stringify(wrong)).toBe(400);
  }
});

it('lists studies from a place that it has named, and not from the beginning again', async () => {
  const client = archiveClient();
  await client.store([slice()]);
  expect(await (await client.fetch('/backup/studies?after=0')).json()).toMatchObject({ studies: ['1.2.3.4'] });
  for (const after of ['', '-1', 'x', '1.5', '0x1', '1e2', '9'.repeat(20)]) {
    expect((await client.fetch(`/backup/studies?after=${after}`)).status, after).toBe(400);
  }
});

it('lists objects from a place that it has named, and not from one behind all', async () => {
  const client = archiveClient();
  await client.store([slice({ study: '1.2.1' }), slice({ study: '1.2.2' })]);
  await client.fetch('/backup', { method: 'POST' });
  const of = async (query: string) => await client.fetch(`/backup/objects?${query}`);
  const { keys, cursor } = await (await of('prefix=index/')).json<{ keys: string[]; cursor: null }>();
  expect([keys.length, cursor]).toEqual([2, null]);
  expect(await (await of(`prefix=index/&cursor=${keys[0]}`)).json()).toEqual({ keys: keys.slice(1), cursor: null });
  for (const wrong of ['zzz', '', 'zzz/1', 'instances/1.2.1/', `index/${'1'.repeat(1000)}`]) {
    expect((await of(`prefix=index/&cursor=${wrong}`)).status, wrong).toBe(400);
  }
});

it('has no object with a key that is longer than the bucket takes', async () => {
  const client = archiveClient();
  const key = `index/${'a'.repeat(2000)}`;
  expect((await client.fetch(`/backup/objects/${key}`)).status).toBe(404);
  expect((await client.fetch(`/backup/objects?named-by=${key}/b/c`)).status).toBe(400);
});
