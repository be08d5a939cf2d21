import { beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../../src/archive/identities';
import type { Archive } from '../../../src/archive/ports';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { NONE_RESTORED } from '../../../src/archive/remove/removals';
import { restore } from '../../../src/archive/remove/remove';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import { openArchive } from '../../../src/storage/open-archive';
import { DAY, keysOf, sweepAfter } from '../../support/archive/sweeps';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { comments, type SliceOptions, slice as shortSlice } from '../../support/files/samples';
import { endedBefore, stepwise } from '../../support/platform/steps';

/** Metadata that is too long for the index, so that it is also an object. */
const slice = (options: SliceOptions = {}) =>
  shortSlice({ ...options, elements: [...(options.elements ?? []), comments(6000)] });

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const COUNT = 3;
const fileOf = (n: number, seed = n) => slice({ sop: `1.2.3.4.${n}`, seed, rows: 2, columns: 2 });

let client: ArchiveClient;
withArchive(() => {
  client = archiveClient();
});

const open = () => openArchive(client.prefix, client.bindings);
const send = async (method: string, path: string) => (await client.fetch(path, { method })).status;
const purge = (archive = open()) => sweepAfter(archive, 31 * DAY);

/** An archive with one study of three instances, stored by two requests, which is deleted. */
async function deleted(): Promise<void> {
  await emptyArchive();
  await beginArchive(open(), Date.now());
  expect((await client.store([fileOf(1), fileOf(2)])).status).toBe(200);
  expect((await client.store([fileOf(3)])).status).toBe(200);
  expect(await send('DELETE', STUDY)).toBe(204);
}

/**
 * Checks that the visible part of the study is complete: each instance that a search finds has its bytes, its metadata
 * and its frame.
 * @returns the number of instances
 */
async function whole(): Promise<number> {
  const found = await client.json('/dicomweb/instances');
  for (const instance of found) {
    const sop = String(instance['00080018']?.Value?.[0]);
    const path = `${SERIES}/instances/${sop}`;
    expect(await client.bytes(path, 'application/dicom')).toEqual(fileOf(Number(sop.split('.').at(-1))));
    expect((await client.fetch(`${path}/frames/1`)).status).toBe(200);
    expect(await client.json(`${path}/metadata`)).toHaveLength(1);
  }
  const [study, ...others] = await client.json('/dicomweb/studies');
  expect(others).toEqual([]);
  expect(study?.['00201208']?.Value?.[0] ?? 0).toBe(found.length);
  expect(await client.json('/dicomweb/series')).toHaveLength(Math.min(found.length, 1));
  return found.length;
}

/** The calls of a run that touch instances, segments or objects, in their order, each with its number. */
async function callsOf(run: (archive: Archive) => Promise<unknown>): Promise<[number: number, call: string][]> {
  const calls: string[] = [];
  await run(stepwise(open(), (call) => calls.push(call)));
  return [...calls.entries()].filter(([, call]) => /^removals|delete|Segment|Deletions|metadata|read/.test(call));
}

describe('a restoration while removed instances are purged', () => {
  const scopes: [string, string, Scope][] = [
    ['of the study', STUDY, { studyInstanceUID: '1.2.3.4' }],
    [
      'of an instance',
      `${SERIES}/instances/1.2.3.4.2`,
      { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0', sopInstanceUID: '1.2.3.4.2' },
    ],
  ];

  it.each(scopes)('%s: before any step of the purge it restores complete instances, or none', async (_, path) => {
    await deleted();
    const calls = await callsOf(purge);
    const claim = calls.find(([, call]) => call === 'removals.claimPurgeable')?.[0] ?? -1;
    expect(claim).toBeGreaterThan(0);
    expect(calls.at(-2)?.[1]).toBe('removals.forget');
    for (const [at, call] of calls) {
      await deleted();
      let number = -1;
      let status = 0;
      const archive = stepwise(open(), async () => {
        number += 1;
        if (number === at) status = await send('POST', `${path}/restore`);
      });
      await purge(archive);
      const when = `before ${call}, call ${at}`;
      expect([when, status]).toEqual([when, at <= claim ? 204 : 404]);
      expect([when, await whole()]).toEqual([when, at > claim ? 0 : path === STUDY ? COUNT : 1]);
      // A further run deletes nothing of the restored instances.
      await sweepAfter(open(), 70 * DAY);
      expect([when, await whole()]).toEqual([when, at > claim ? 0 : path === STUDY ? COUNT : 1]);
    }
  });

  it.each(scopes)('%s: a purge before any step of it leaves complete instances, or none', async (_, __, scope) => {
    const run = (archive = open()) => restore(archive, scope, DEFAULT_DUPLICATES, Date.now());
    await deleted();
    const calls = await callsOf(run);
    expect(calls.at(-1)?.[1]).toBe('removals.restore');
    for (const [at, call] of calls) {
      await deleted();
      let number = -1;
      const archive = stepwise(open(), async () => {
        number += 1;
        if (number === at) await purge();
      });
      expect([call, await run(archive)]).toEqual([call, NONE_RESTORED]);
      expect(await whole()).toBe(0);
      expect(await keysOf(client)).toEqual([]);
    }
  });
});

it('a purge that is interrupted anywhere is finished by the next run, and is not visible meanwhile', async () => {
  await deleted();
  for (const [at, call] of await callsOf(purge)) {
    await deleted();
    expect(await endedBefore(open(), at + 1, purge)).toBe(true);
    const when = `cut before ${call}, call ${at}`;
    expect([when, await send('POST', `${STUDY}/restore`)]).toEqual([when, expect.toBeOneOf([204, 404])]);
    const back = await whole();
    expect([when, back]).toEqual([when, expect.toBeOneOf([0, COUNT])]);
    await sweepAfter(open(), 32 * DAY);
    expect([when, await whole()]).toEqual([when, back]);
    // Everything of the restored instances is there, and nothing of the others.
    expect(await keysOf(client)).toHaveLength(back === 0 ? 0 : COUNT + 2);
  }
});

describe('content that is kept aside (DUPLICATES=keep)', () => {
  const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;
  beforeEach(async () => {
    client = archiveClient({ DUPLICATES: 'keep' });
    await beginArchive(open(), Date.now());
  });

  it('is kept again when it is sent again after its instance was deleted and stored again', async () => {
    await client.store([fileOf(1)]);
    await client.store([fileOf(1, 8)]);
    await send('DELETE', STUDY);
    await client.store([fileOf(1)]);
    // The kept content is purged with the deleted instance, so it cannot count as kept before.
    expect((await client.store([fileOf(1, 8)])).status).toBe(202);
    expect((await purge()).stopped).toBeUndefined();
    expect(await send('POST', `${INSTANCE}/restore`)).toBe(204);
    expect(await client.bytes(INSTANCE, 'application/dicom')).toEqual(fileOf(1, 8));
    expect((await client.fetch(`${INSTANCE}/frames/1`)).status).toBe(200);
  });

  it('stays as long as its instance, which was deleted and restored', async () => {
    await client.store([fileOf(1)]);
    await client.store([fileOf(1, 8)]);
    await send('DELETE', STUDY);
    expect(await send('POST', `${STUDY}/restore`)).toBe(204);
    expect((await purge()).stopped).toBeUndefined();
    expect(await send('POST', `${INSTANCE}/restore`)).toBe(204);
    expect(await client.bytes(INSTANCE, 'application/dicom')).toEqual(fileOf(1, 8));
  });
});
