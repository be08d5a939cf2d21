import { expect } from 'vitest';
import { PLACES } from '../../../src/storage/shards/places';
import { partsOf } from '../clients/archive-client';
import { watchedBindings } from '../platform/platform-calls';
import { expectCounted, FAULTS, placesOf } from './move-points';
import { fileOf, studyUID } from './moving';
import { putBack, remember } from './put-back';
import { DATABASES, databaseOf, type SpanningClient, spanningClient } from './several-databases';

/*
 * An archive of one database gets a second one: the first requests of the first isolate that has both. Something happens at one call
 * that they make of D1 and R2.
 */

const [FIRST, SECOND] = DATABASES.many;
const BOTH = [FIRST, SECOND];
const OLD = [fileOf(1, 1, 1), fileOf(2, 1, 1), fileOf(2, 1, 2)];
/** To a study that the first database has, and to a new one. */
const SENT = [[fileOf(2, 1, 3), fileOf(4, 1, 1)], [fileOf(4, 1, 2)]] as const;

/** The databases of an archive that has not grown. */
export type Start = ReadonlyMap<string, Awaited<ReturnType<typeof remember>>>;

/** Fills one database. @returns what all databases hold then */
export async function startOfGrowth(): Promise<Start> {
  expect((await isolate([FIRST]).store(OLD)).status).toBe(200);
  const start = new Map<string, Awaited<ReturnType<typeof remember>>>();
  for (const name of DATABASES.many) start.set(name, await remember(databaseOf(name)));
  return start;
}

/** How many calls the requests make. */
export async function countGrowthCalls(from: Start): Promise<number> {
  return (await grow(from, -1, 'connection lost')).calls;
}

/** What another client does at the call. */
const MEANWHILE: Readonly<Record<string, () => Promise<unknown>>> = {
  'the same requests': async () => {
    const other = isolate(BOTH);
    for (const files of SENT) await other.store(files);
  },
  'an isolate of before the growth stores': async () => await spanningClient([FIRST]).store(SENT[0]),
  'a search': async () => await isolate(BOTH).fetch('/dicomweb/studies'),
};

/** What can happen at a call: faults, and other requests. */
export const GROWTH_EVENTS = [...Object.keys(FAULTS), ...Object.keys(MEANWHILE)];

/** Lets something happen at a call of the requests, looks, and sends the requests again. */
export async function tryGrowth(from: Start, at: number, event: string): Promise<void> {
  const { acknowledged } = await grow(from, at, event);
  const after = await seen();
  expect(after).toEqual(expect.arrayContaining([...OLD, ...acknowledged].map(textOf)));
  for (const files of SENT) expect((await isolate(BOTH).store(files)).status).toBe(200);
  expect((await seen()).toSorted()).toEqual([...OLD, ...SENT.flat()].map(textOf).toSorted());
  for (const study of [1, 2]) expect(await placesOf(studyUID(study)), `study ${study}`).toEqual([1]);
  // An isolate of before the growth may have stored it before the second database was taken in.
  expect(await placesOf(studyUID(4))).toHaveLength(1);
  await expectCounted();
}

async function grow(from: Start, at: number, event: string) {
  for (const [name, moment] of from) await putBack(databaseOf(name), moment);
  let calls = 0;
  let isDead = false;
  const client = isolate(BOTH, (call) =>
    watchedBindings(call, async (_, work) => {
      if (isDead) throw new Error('killed');
      if (calls++ !== at) return await work();
      const fault = FAULTS[event];
      if (fault === undefined) {
        await MEANWHILE[event]!();
        return await work();
      }
      isDead = fault.killed;
      return await fault.event(work);
    }),
  );
  const acknowledged: Uint8Array[] = [];
  for (const files of SENT) {
    const { status } = await client.store(files);
    // A killed isolate answers nobody.
    if (status === 200 && !isDead) acknowledged.push(...files);
  }
  return { calls, acknowledged };
}

/** The files of all studies, as a new isolate with both databases gives them out. */
async function seen(): Promise<string[]> {
  const client = isolate(BOTH);
  const found: string[] = [];
  const list = await client.fetch('/dicomweb/studies?limit=100');
  expect(list.status).toBe(200);
  const inList = await list.json<Record<string, { Value?: unknown[] }>[]>();
  for (const study of [1, 2, 4]) {
    const uid = studyUID(study);
    const answer = await client.fetch(`/dicomweb/studies/${uid}`, {
      headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
    });
    const parts = answer.status === 200 ? await partsOf(answer) : [];
    found.push(...parts.map(({ body }) => textOf(body)));
    const row = inList.find((each) => each['0020000D']?.Value?.[0] === uid);
    expect(row?.['00201208']?.Value?.[0] ?? 0, `study ${study} in the list`).toBe(parts.length);
  }
  return found;
}

function isolate(names: readonly string[], over?: Parameters<typeof spanningClient>[3]): SpanningClient {
  PLACES.drop();
  return spanningClient(names, {}, undefined, over);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}
