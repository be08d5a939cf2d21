import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { compactSeries } from '../../../src/archive/metadata/compact';
import type { Archive } from '../../../src/archive/ports';
import { newVerification, verifyStep } from '../../../src/archive/verification/verify-archive';
import { verifyHourly } from '../../../src/archive/verification/verify-hourly';
import { encodeRLE } from '../../../src/imaging/codecs/rle-encoder';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { DAY, keysOf } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { allSnapshots } from '../../support/databases/rebuilding';
import { formatOf, frameOf } from '../../support/files/frames';
import { DEFLATED } from '../../support/files/part10';
import { comments, slice } from '../../support/files/samples';
import { everywhere, testBindings } from '../../support/platform/bindings';
import { failing } from '../../support/platform/failing';

const SERIES = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };
const ALL = { pages: 1000, bytes: Number.POSITIVE_INFINITY };
const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances';

let client: ArchiveClient;
let archive: Archive;

withArchive(fill);

/** Instances of every kind of object: uncompressed, of three compressed frames, deflated, merged metadata, a removed one. */
async function fill() {
  client = archiveClient();
  archive = openArchive(client.prefix, client.bindings);
  await client.store([1, 2, 3].map((n) => slice({ sop: `1.2.3.4.${n}`, elements: [comments(6000, n)] })));
  await client.store([await compressed('1.2.3.4.4'), slice({ sop: '1.2.3.4.5', transferSyntaxUID: DEFLATED })]);
  await client.store([slice({ study: '1.9', series: '1.9.1', sop: '1.9.1.1' })]);
  await compactSeries(archive, SERIES, DEFAULT_LIMITS, Date.now());
  await client.fetch(`${INSTANCE}/1.2.3.4.3`, { method: 'DELETE' });
}

async function compressed(sop: string): Promise<Uint8Array> {
  const format = formatOf({ rows: 16, columns: 16 });
  const frames = await Promise.all([1, 2, 3].map((seed) => encodeRLE(frameOf(format, 'noise', seed))));
  const fragments = frames.map(({ codeStream: bytes }) => (bytes.length % 2 ? Uint8Array.from([...bytes, 0]) : bytes));
  const elements = [[0x00280008, 'IS', '3'] as const];
  return slice({ sop, transferSyntaxUID: '1.2.840.10008.1.2.5', fragments, elements: [...elements] });
}

/** A whole verification, a day later: no object is recent. */
async function verify(now = Date.now() + 2 * DAY, budget = ALL, of = archive) {
  const kept = await of.verification.kept();
  await of.verification.keep(newVerification(now, true), kept?.revision ?? 0);
  let state = await verifyStep(of, now, budget);
  while (state?.finishedAt === undefined) state = await verifyStep(of, now, budget);
  const findings = await of.verification.findings(1000);
  return { state, findings: findings.map(({ kind, subject }) => `${kind} ${subject}`) };
}

async function keyOf(sop: string, object = 'dcm'): Promise<string> {
  const keys = await keysOf(client);
  return keys.find((key) => key.includes(`/${sop}/`) && key.endsWith(`.${object}`))!;
}

const subject = (key: string) => key.slice(client.prefix.length + 1);

it('finds nothing in an archive that is whole, and has looked at everything', async () => {
  const { state, findings } = await verify();
  expect(findings).toEqual([]);
  expect(state.checked).toEqual({ instances: 5, removed: 1, segments: 1, rows: 3, objects: 9, counts: 2 });
  expect(await client.json(`${INSTANCE}`)).toHaveLength(4);
});

it('names the rows of studies that the bucket has lost, also of one that was deleted, until they are copied again', async () => {
  expect((await client.fetch('/dicomweb/studies/1.9', { method: 'DELETE' })).status).toBe(204);
  await allSnapshots(archive);
  const rowsOf = async (uid: string) => (await archive.objects.list(`index/${uid}/`)).objects.map(({ key }) => key);
  const [damaged] = await rowsOf('1.2.3.4');
  await archive.objects.put(damaged!, new Uint8Array(100));
  await archive.objects.delete(await rowsOf('1.9'));
  await client.store([slice({ study: '1.10', series: '1.10.1', sop: '1.10.1.1' })]);
  expect(await rowsOf('1.10')).toEqual([]);
  const found = ['missing-object index/1.9', `unreadable-object ${damaged}`];
  expect((await verify()).findings).toEqual(found);

  await allSnapshots(archive);
  expect((await verify()).findings).toEqual([]);
});

it('names a flipped byte, a missing object, an object too much, a row without object and a wrong count, and nothing else', async () => {
  const flipped = await keyOf('1.2.3.4.1');
  const bytes = new Uint8Array(await (await env.BUCKET.get(flipped))!.arrayBuffer());
  bytes[bytes.length - 1]! ^= 1;
  await env.BUCKET.put(flipped, bytes);
  const table = await keyOf('1.2.3.4.4', 'frames');
  const removed = await keyOf('1.2.3.4.3');
  const shortened = await keyOf('1.9.1.1');
  await env.BUCKET.delete([table, removed]);
  await env.BUCKET.put(shortened, bytes.subarray(0, 100));
  const unknown = `${client.prefix}/instances/1.5/1.6/1.7/${'0'.repeat(32)}.dcm`;
  await env.BUCKET.put(unknown, bytes);
  await everywhere("UPDATE study SET number_of_study_related_instances = 7 WHERE study_instance_uid = '1.9'");
  await everywhere("UPDATE series SET total_byte_length = 7 WHERE series_instance_uid = '1.2.3.4.0'");
  const found = [
    `missing-object ${subject(table)}`,
    `missing-object ${subject(removed)}`,
    `unknown-object ${subject(unknown)}`,
    `wrong-digest ${subject(flipped)}`,
    `wrong-length ${subject(shortened)}`,
  ];
  const counts = ['wrong-count 1.2.3.4/1.2.3.4.0', 'wrong-count 1.9'];
  expect((await verify()).findings.sort()).toEqual([...found, ...counts].sort());
  // The counts are right now, and what was found stays.
  expect((await verify(Date.now() + 3 * DAY)).findings.sort()).toEqual([...found].sort());
  const [study] = await client.json('/dicomweb/studies?StudyInstanceUID=1.9&includefield=00201208');
  expect(study?.['00201208']?.Value).toEqual([1]);
});

it('names an object whose bytes break off, goes on behind it, and reads an object once more that broke off once', async () => {
  const [broken, once] = [subject(await keyOf('1.2.3.4.1')), subject(await keyOf('1.2.3.4.2'))];
  let breaks = 1;
  const read: Archive['objects']['read'] = async (key, ...range) => {
    const isBroken = key === broken || (key === once && breaks-- > 0);
    if (!isBroken) return archive.objects.read(key, ...range);
    return new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      pull: (controller) => controller.error(new Error('The body broke off.')),
    });
  };
  const objects = Object.assign(Object.create(archive.objects), { read });
  const { state, findings } = await verify(undefined, ALL, { ...archive, objects });
  expect(findings).toEqual([`unreadable-object ${broken}`]);
  expect(state.checked).toMatchObject({ instances: 5, objects: 9 });
  expect((await verify(Date.now() + 3 * DAY)).findings).toEqual([]);
});

it('puts the totals of the archive right', async () => {
  await env.DB.prepare('UPDATE archive_total SET instance = 100').run();
  expect((await verify()).findings).toEqual(['wrong-count the archive']);
  expect(await archive.status.totals(Date.now())).toMatchObject({ studies: 2, series: 2, instances: 5 });
  expect((await verify(Date.now() + 3 * DAY)).findings).toEqual([]);
});

it('an object of a request that may still be running is no fault', async () => {
  const key = `${client.prefix}/instances/1.5/1.6/1.7/${'0'.repeat(32)}.dcm`;
  await env.BUCKET.put(key, 'bytes');
  expect((await verify(Date.now())).findings).toEqual([`recent-unknown-object ${subject(key)}`]);
  expect(await archive.verification.countFaults(10)).toBe(0);
});

it('finds the same when each step is cut short at another call', async () => {
  await env.BUCKET.delete(await keyOf('1.2.3.4.2'));
  let calls = 0;
  let last = 1;
  const broken = openArchive(
    client.prefix,
    failing(testBindings(), () => {
      calls += 1;
      return calls === last ? { message: 'cut', when: 'after' } : undefined;
    }),
  );
  const now = Date.now() + 2 * DAY;
  await archive.verification.keep(newVerification(now, true), 0);
  for (let state = (await archive.verification.kept())!.state; state.finishedAt === undefined; ) {
    calls = 0;
    await verifyStep(broken, now, { pages: 3, bytes: 2000 }).catch(() => undefined);
    last += 1;
    // Once, all calls of a step succeed.
    if (last > 40) await verifyStep(archive, now, ALL);
    state = (await archive.verification.kept())!.state;
  }
  const findings = await archive.verification.findings(10);
  expect(findings.map(({ kind }) => kind)).toEqual(['missing-object']);
  expect((await archive.verification.kept())!.state.checked).toMatchObject({ instances: 5, removed: 1, counts: 2 });
});

it('of two steps at the same time, one counts', async () => {
  const now = Date.now() + 2 * DAY;
  await archive.verification.keep(newVerification(now, true), 0);
  const other = openArchive(client.prefix, testBindings());
  await Promise.all([verifyStep(archive, now, ALL), verifyStep(other, now, ALL)]);
  await verifyStep(archive, now, ALL);
  expect((await archive.verification.kept())!.state.checked).toMatchObject({ instances: 5, removed: 1, counts: 2 });
});

it('an instance that is deleted and purged meanwhile is no finding', async () => {
  const gone = await keyOf('1.9.1.1');
  let isGone = false;
  const over = failing(testBindings(), () => undefined);
  const meanwhile = openArchive(client.prefix, {
    ...over,
    bucket: new Proxy(over.bucket, {
      get: (bucket, name) => {
        if (name !== 'get') return Reflect.get(bucket, name);
        return async (key: string) => {
          if (!isGone) {
            isGone = true;
            await client.fetch('/dicomweb/studies/1.9', { method: 'DELETE' });
            await env.DB.prepare("DELETE FROM removal WHERE study_instance_uid = '1.9'").run();
            await env.BUCKET.delete(gone);
          }
          return await bucket.get(key);
        };
      },
    }),
  });
  expect((await verify(Date.now() + 2 * DAY, ALL, meanwhile)).findings).toEqual([]);
});

it('goes on by the hour as slowly as the setting says, and begins again after a week', async () => {
  const now = Date.now();
  expect(await verifyHourly(archive, now, 0)).toBeUndefined();
  expect(await archive.verification.kept()).toBeUndefined();
  let hours = 0;
  while ((await verifyHourly(archive, now + hours, 1)) === undefined) hours += 1;
  // A file an hour, of the six.
  expect(hours).toBeGreaterThan(5);
  expect(await verifyHourly(archive, now + DAY, 1000)).toBeUndefined();
  await verifyHourly(archive, now + 8 * DAY, 1);
  expect((await archive.verification.kept())!.state).toMatchObject({ startedAt: now + 8 * DAY });
});

it('is done over HTTP by an administrator, step by step, and shown in the health report', async () => {
  expect(await (await client.fetch('/verification')).json()).toEqual({ verification: null, faults: 0, findings: [] });
  await env.BUCKET.delete(await keyOf('1.2.3.4.1'));
  const step = (body: unknown) =>
    client.fetch('/verification', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  expect((await step({ digests: 'no' })).status).toBe(400);
  const answer = await (await step({ digests: false })).json<Record<string, unknown>>();
  expect(answer).toMatchObject({
    verification: { digests: false, bytesRead: 0, checked: { instances: 5 }, finishedAt: expect.any(String) },
    faults: 1,
    findings: [{ kind: 'missing-object', subject: expect.stringContaining('/1.2.3.4.1/') }],
  });
  expect(await (await client.fetch('/verification')).json()).toEqual(answer);
  const health = await (await client.fetch('/health')).json<{ verification: unknown; warnings: string[] }>();
  expect(health.verification).toMatchObject({
    faults: 1,
    finishedAt: expect.any(String),
    findings: [{ kind: 'missing-object', subject: expect.stringContaining('/1.2.3.4.1/') }],
  });
  expect(health.warnings).toContain('The last verification found faults (1): see GET /verification.');
});
