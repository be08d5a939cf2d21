import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parts } from '../../../scripts/support/dicomweb-client.mjs';
import { stow } from '../../support/clients/stow-client';
import { type Identity, nativeImage, uidOf } from '../../support/files/synthetic';
import { seededRandom } from '../../support/seeded-random';
import { crashRounds } from '../../support/server/crash-rounds';
import { withServer } from '../../support/server/with-server';

const { rounds, seed } = crashRounds({ rounds: 3, seed: 20_240_102 });

/** One STOW request: its instances, and whether the archive said that it stored them. */
interface Upload {
  readonly instances: readonly (Identity & { readonly file: Buffer; readonly rows: number })[];
  acknowledged: boolean;
}

const server = withServer();

test('a runtime killed during uploads keeps what it acknowledged and shows nothing else', async () => {
  const random = seededRandom(seed);
  // The duration of an undisturbed round on this machine.
  const undisturbed = roundOf('undisturbed', 3);
  const begun = performance.now();
  await (await send(undisturbed, 0)).all;
  const duration = performance.now() - begun;
  const before: Upload[] = [...undisturbed];
  let interrupted = 0;
  for (let round = 0; round < rounds; round += 1) {
    const uploads = roundOf(String(round), 1 + random.below(6));
    // After some of the uploads were answered, and not after some time: a round takes as long as the machine lets it.
    const moment = random.below(uploads.length);
    const requests = await send(uploads, moment);
    const pause = random.next() * (moment === 0 ? duration / 2 : duration / uploads.length);
    await new Promise((resolve) => setTimeout(resolve, pause));
    await server.kill();
    await requests.all;
    interrupted += uploads.filter(({ acknowledged }) => !acknowledged).length;

    await server.restart();
    for (const each of uploads) await checkUpload(each, `round ${round} of seed ${seed}`);
    // Earlier uploads must not have suffered.
    const earlier = before[random.below(before.length)];
    if (earlier !== undefined) await checkUpload(earlier, `an earlier upload, after round ${round} of seed ${seed}`);

    for (const each of uploads.filter(({ acknowledged }) => !acknowledged)) {
      const response = await stow(server.origin, files(each));
      expect(response.status).toBe(200);
      each.acknowledged = true;
      await checkUpload(each, `sent again after round ${round} of seed ${seed}`);
    }
    before.push(...uploads);
  }
  // Otherwise the moments were badly chosen, and the test has shown nothing.
  expect(interrupted).toBeGreaterThanOrEqual(rounds);
});

/** Four small uploads, one of many instances and one of a large instance. */
function roundOf(name: string, count: number): Upload[] {
  return [
    ...Array.from({ length: 4 }, (_, at) => upload(`${name} small ${at}`, count, 64)),
    upload(`${name} many`, 60, 32),
    upload(`${name} large`, 1, 2600),
  ];
}

/**
 * Stores all uploads at once.
 * @returns when so many are answered; `all` resolves when each is answered or will never be
 */
async function send(uploads: readonly Upload[], answered: number): Promise<{ readonly all: Promise<unknown> }> {
  let count = 0;
  return await new Promise((resolve) => {
    const all: Promise<unknown> = Promise.allSettled(
      uploads.map(async (each) => {
        try {
          const response = await stow(server.origin, files(each));
          each.acknowledged = response.status === 200;
        } finally {
          count += 1;
          if (count === answered) resolve({ all });
        }
      }),
    );
    if (answered === 0) resolve({ all });
  });
}

function upload(name: string, count: number, rows: number): Upload {
  const study = uidOf(`${name} study`);
  const series = uidOf(`${name} series`);
  const instances = Array.from({ length: count }, (_, at) => {
    const identity = { study, series, instance: uidOf(`${name} ${at}`) };
    return { ...identity, rows, file: nativeImage({ ...identity, number: at + 1, rows, columns: rows }) };
  });
  return { instances, acknowledged: false };
}

function files({ instances }: Upload): Buffer[] {
  return instances.map(({ file }) => file);
}

/** Of each upload all or nothing is there, all if it was acknowledged, and every service agrees. */
async function checkUpload({ instances, acknowledged }: Upload, when: string): Promise<void> {
  const [{ study, series } = { study: '', series: '' }] = instances;
  const base = `${server.origin}/dicomweb`;
  const found = await json(`${base}/studies/${study}/series/${series}/instances?limit=1000`);
  expect([...(acknowledged ? [] : [0]), instances.length], when).toContain(found.length);
  const [inStudy] = await json(`${base}/studies?StudyInstanceUID=${study}`);
  expect(inStudy?.['00201208']?.Value?.[0] ?? 0, when).toBe(found.length);
  const metadata = await fetch(`${base}/studies/${study}/metadata`);
  const whole = await fetch(`${base}/studies/${study}`, {
    headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
  });
  if (found.length === 0) {
    expect([metadata.status, whole.status], when).toEqual([404, 404]);
    await Promise.all([metadata.arrayBuffer(), whole.arrayBuffer()]);
    return;
  }
  expect(((await metadata.json()) as unknown[]).length, when).toBe(instances.length);
  const stored = parts({ headers: whole.headers, body: Buffer.from(await whole.arrayBuffer()) }).map(({ body }) =>
    digest(body),
  );
  expect(stored.sort(), when).toEqual(instances.map(({ file }) => digest(file)).sort());
  for (const { instance, file, rows } of instances.slice(0, 3)) {
    const frame = await fetch(`${base}/studies/${study}/series/${series}/instances/${instance}/frames/1`, {
      headers: { Accept: 'application/octet-stream' },
    });
    expect(digest(Buffer.from(await frame.arrayBuffer())), when).toBe(digest(file.subarray(-rows * rows * 2)));
  }
}

async function json(url: string): Promise<Record<string, { Value?: unknown[] }>[]> {
  const response = await fetch(url, { headers: { Accept: 'application/dicom+json' } });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, { Value?: unknown[] }>[];
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
