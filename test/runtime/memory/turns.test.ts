import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { beginTurn, giveTurn } from '../../../src/archive/turns';
import { ObjectBytes } from '../../../src/archive/upload/object-bytes';
import { r2Objects } from '../../../src/storage/r2-objects';
import { retrying } from '../../../src/storage/statements/retries';

const LONG_MS = 400;

/** On a busy machine one step may take longer than all of the time. */
const STEPS = 10;

/** Whether a timer of 50 ms has fired before work of 400 ms, and of at least ten steps, ends. */
async function letsTimersRun(step: () => Promise<unknown>): Promise<boolean> {
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 50);
  await work(step);
  return fired;
}

async function work(step: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + LONG_MS;
  for (let steps = 0; steps < STEPS || Date.now() < end; steps += 1) await step();
}

// The local runtime looks for requests and timers only when R2 and D1, which are in its thread, have nothing ready.
describe('a request with much to do', () => {
  it('lets timers run between calls to D1', async () => {
    expect(await letsTimersRun(() => retrying(() => env.DB.prepare('SELECT 1').all()))).toBe(true);
  });

  it('lets timers run between calls to R2', async () => {
    const objects = r2Objects(env.BUCKET, 'turns/');
    await objects.put('unfiled/one.dcm', new Uint8Array(1000));
    expect(await letsTimersRun(() => objects.look('unfiled/one.dcm'))).toBe(true);
  });

  it('lets timers run while it reads an object', async () => {
    const objects = r2Objects(env.BUCKET, 'turns/');
    const length = 16 * 1024 ** 2;
    await objects.put('unfiled/long.dcm', new Uint8Array(length));
    const bytes = new ObjectBytes(objects, 'unfiled/long.dcm', length);
    // All of it, so that each step reads from the bucket: one read may take longer than all of the time.
    const step = async () => {
      while ((await bytes.read()) !== null);
      bytes.seek(0);
    };
    expect(await letsTimersRun(step)).toBe(true);
    await bytes.close();
  });

  it('goes on after a pause while the isolate sends requests to itself', async () => {
    // Long enough without work for a pause.
    await new Promise((resolve) => setTimeout(resolve, 100));
    let hasPaused = false;
    const pause = giveTurn().then(() => {
      hasPaused = true;
    });
    expect(hasPaused).toBe(false);
    await work(async () => {
      beginTurn(Date.now());
      await retrying(() => env.DB.prepare('SELECT 1').all());
    });
    expect(hasPaused).toBe(true);
    await pause;
  });
});
