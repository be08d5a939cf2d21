import { expect, test } from 'vitest';
import { stow } from '../../support/clients/stow-client';
import { nativeImage, uidOf } from '../../support/files/synthetic';
import { seededRandom } from '../../support/seeded-random';
import { crashRounds } from '../../support/server/crash-rounds';
import { withServer } from '../../support/server/with-server';

const { rounds, seed } = crashRounds({ rounds: 4, seed: 20_240_103 });
const INSTANCES = 400;

const server = withServer();

test('a runtime killed during a deletion or a restoration has done it, or not', async () => {
  const random = seededRandom(seed);
  const study = uidOf('deleted study');
  const files = filesOf(study);
  expect((await stow(server.origin, files)).status).toBe(200);
  // The duration of an undisturbed deletion, so that the kills happen during one.
  const begun = performance.now();
  expect(await send('DELETE', `studies/${study}`)).toBe(204);
  let duration = performance.now() - begun;
  expect(await send('POST', `studies/${study}/restore`)).toBe(204);

  let unanswered = 0;
  let present = true;
  for (let round = 0; round < rounds; round += 1) {
    const when = `round ${round} of seed ${seed}`;
    const [method, path] = present ? ['DELETE', `studies/${study}`] : ['POST', `studies/${study}/restore`];
    const answer = send(method!, path!).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, random.next() * duration));
    await server.kill();
    const status = await answer;
    if (status === undefined) unanswered += 1;
    else expect(status, when).toBe(204);
    // The first deletion may have taken longer than the others. If a kill was too late, the next ones come earlier.
    duration *= status === undefined ? 1.1 : 0.6;
    await server.restart();

    const left = await count(study);
    expect([0, INSTANCES], when).toContain(left);
    if (status === 204) expect(left, when).toBe(present ? 0 : INSTANCES);
    expect(await metadataCount(study), when).toBe(left);
    // A repeated request is carried out, or is told that it was.
    expect([204, present ? 410 : 404], when).toContain(await send(method!, path!));
    expect(await count(study), when).toBe(present ? 0 : INSTANCES);
    present = !present;
  }
  expect(unanswered).toBeGreaterThan(0);
});

function filesOf(study: string): Buffer[] {
  return Array.from({ length: INSTANCES }, (_, at) =>
    nativeImage({
      study,
      series: uidOf(`series ${at % 4}`),
      instance: uidOf(`instance ${at}`),
      number: at + 1,
      rows: 8,
      columns: 8,
    }),
  );
}

async function send(method: string, path: string): Promise<number> {
  const response = await fetch(`${server.origin}/dicomweb/${path}`, { method });
  await response.arrayBuffer();
  return response.status;
}

/** The instances by the study's count, which must be those that a search finds. */
async function count(study: string): Promise<number> {
  const get = async (path: string) =>
    (await (await fetch(`${server.origin}/dicomweb/${path}`)).json()) as Record<string, { Value?: unknown[] }>[];
  const [found] = await get(`studies?StudyInstanceUID=${study}`);
  const instances = await get(`instances?StudyInstanceUID=${study}&limit=1000`);
  expect(found?.['00201208']?.Value?.[0] ?? 0).toBe(instances.length);
  return instances.length;
}

async function metadataCount(study: string): Promise<number> {
  const response = await fetch(`${server.origin}/dicomweb/studies/${study}/metadata`);
  const body = (await response.json()) as unknown[];
  if (response.status !== 200) expect(response.status).toBe(410);
  return response.status === 200 ? body.length : 0;
}
